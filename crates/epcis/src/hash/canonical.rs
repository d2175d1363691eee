//! Values in canonical form: numbers, old vocabulary, EPC URNs, Digital Links.

use theriac_gs1::{DigitalLink, UriPart, percent_decode};

use super::Namespaces;
use crate::identifier::{BASE, escape};

/// Vocabulary of CBV 1, and where CBV 2 has it.
const VOCABULARY: [(&str, &str); 5] = [
    (
        "urn:epcglobal:cbv:bizstep:",
        "https://ref.gs1.org/cbv/BizStep-",
    ),
    ("urn:epcglobal:cbv:disp:", "https://ref.gs1.org/cbv/Disp-"),
    ("urn:epcglobal:cbv:btt:", "https://ref.gs1.org/cbv/BTT-"),
    ("urn:epcglobal:cbv:sdt:", "https://ref.gs1.org/cbv/SDT-"),
    ("urn:epcglobal:cbv:er:", "https://ref.gs1.org/cbv/ER-"),
];

/// Keys and the qualifiers that stay, each list by its key; only the finest that is there stays.
const QUALIFIERS: [(&str, &[&str]); 4] = [
    ("01", &["21", "235", "10"]),
    ("414", &["254"]),
    ("8006", &["21", "10"]),
    ("8010", &["8011"]),
];

/// Keys that stand in canonical links.
const KEYS: [&str; 15] = [
    "00", "01", "253", "255", "401", "402", "414", "417", "8003", "8004", "8006", "8010", "8013",
    "8017", "8018",
];

/// The canonical form of a value; one that has none stays as it is.
pub(super) fn canonical(text: &str, names: &Namespaces) -> String {
    for (old, new) in VOCABULARY {
        if let Some(word) = text.strip_prefix(old) {
            return format!("{new}{word}");
        }
    }
    if let Some(number) = number(text) {
        return number;
    }
    if let Some(full) = names.expand_value(text) {
        return full;
    }
    urn(text)
        .or_else(|| link(text))
        .unwrap_or_else(|| text.to_owned())
}

/// A decimal without leading or trailing zeros.
fn number(text: &str) -> Option<String> {
    let (sign, digits) = match text.as_bytes().first()? {
        b'-' => ("-", text.get(1..)?),
        b'+' => ("", text.get(1..)?),
        _ => ("", text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(decimals) || digits.ends_with('.') {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let decimals = decimals.trim_end_matches('0');
    let sign = if whole == "0" && decimals.is_empty() {
        ""
    } else {
        sign
    };
    Some(if decimals.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{decimals}")
    })
}

/// The constrained canonical form of a Digital Link: our base, the finest identification, no query.
fn link(text: &str) -> Option<String> {
    if !(text.starts_with("https://") || text.starts_with("http://")) {
        return None;
    }
    let link = DigitalLink::parse(text).ok()?;
    let elements = link.elements().elements();
    let key = elements.first()?;
    let name = key.ai().as_str().to_owned();
    if !KEYS.contains(&name.as_str()) {
        return None;
    }
    let mut canonical = format!("{BASE}/{name}/{}", escape(key.value()));
    let kept = QUALIFIERS
        .iter()
        .find(|(known, _)| *known == name)
        .map_or(&[] as &[&str], |(_, qualifiers)| qualifiers);
    let finest = kept.iter().find_map(|wanted| {
        elements
            .iter()
            .find(|element| element.ai().as_str() == *wanted)
    });
    if let Some(qualifier) = finest {
        canonical.push('/');
        canonical.push_str(qualifier.ai().as_str());
        canonical.push('/');
        canonical.push_str(&escape(qualifier.value()));
    }
    Some(canonical)
}

/// The canonical link of an EPC URN (EPC Tag Data Standard section 6.3).
fn urn(text: &str) -> Option<String> {
    let rest = text
        .strip_prefix("urn:epc:id:")
        .or_else(|| text.strip_prefix("urn:epc:class:"))?;
    let (scheme, rest) = rest.split_once(':')?;
    let count = match scheme {
        "sscc" | "pgln" | "giai" | "gsrn" | "gsrnp" | "ginc" | "gsin" => 2,
        "itip" => 5,
        _ => 3,
    };
    let parts: Vec<&str> = rest.splitn(count, '.').collect();
    let part = |index: usize| parts.get(index).copied();
    let (company, second) = (part(0)?, part(1)?);
    let path = match scheme {
        "sgtin" => format!("01/{}/21/{}", indicated(company, second)?, serial(part(2)?)),
        "lgtin" => format!("01/{}/10/{}", indicated(company, second)?, serial(part(2)?)),
        "upui" => format!(
            "01/{}/235/{}",
            indicated(company, second)?,
            serial(part(2)?)
        ),
        "sscc" => format!("00/{}", indicated(company, second)?),
        "sgln" if part(2)? == "0" => format!("414/{}", checked(company, second)?),
        "sgln" => format!("414/{}/254/{}", checked(company, second)?, serial(part(2)?)),
        "pgln" => format!("417/{}", checked(company, second)?),
        "grai" => format!("8003/0{}{}", checked(company, second)?, serial(part(2)?)),
        "giai" => format!("8004/{company}{}", serial(second)),
        "gsrn" => format!("8018/{}", checked(company, second)?),
        "gsrnp" => format!("8017/{}", checked(company, second)?),
        "gdti" => format!("253/{}{}", checked(company, second)?, serial(part(2)?)),
        "cpi" => format!("8010/{company}{}/8011/{}", serial(second), serial(part(2)?)),
        "ginc" => format!("401/{company}{}", serial(second)),
        "gsin" => format!("402/{}", checked(company, second)?),
        "itip" => format!(
            "8006/{}{}{}/21/{}",
            indicated(company, second)?,
            part(2)?,
            part(3)?,
            serial(part(4)?)
        ),
        _ => return None,
    };
    Some(format!("{BASE}/{path}"))
}

fn serial(text: &str) -> String {
    let decoded = percent_decode(text, UriPart::Path);
    escape(&String::from_utf8_lossy(&decoded))
}

/// Indicator or extension digit, company, reference, check digit.
fn indicated(company: &str, reference: &str) -> Option<String> {
    let (first, rest) = reference.split_at_checked(1)?;
    with_check_digit(&format!("{first}{company}{rest}"))
}

fn checked(company: &str, reference: &str) -> Option<String> {
    with_check_digit(&format!("{company}{reference}"))
}

/// GS1 General Specifications section 7.9.1.
fn with_check_digit(digits: &str) -> Option<String> {
    if digits.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .sum();
    Some(format!("{digits}{}", (10 - sum % 10) % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(canonical(text, &Namespaces::default()), expected);
    }

    #[test]
    fn numbers_lose_zeros_that_say_nothing() {
        check("12.10", "12.1");
        check("150.0", "150");
        check("-0.50", "-0.5");
        check("007", "7");
        check("1.2.3", "1.2.3");
        check("P3Y", "P3Y");
    }

    #[test]
    fn urns_and_links_of_the_same_thing_are_the_same() {
        let pack = "https://id.gs1.org/01/04012345111118/21/9876";
        check("urn:epc:id:sgtin:4012345.011111.9876", pack);
        check(
            "https://id.example.com/x/01/04012345111118/10/L/21/9876?17=271231",
            pack,
        );
        check(
            "http://transaction.acme.com/po/12345678",
            "http://transaction.acme.com/po/12345678",
        );
    }
}
