//! The patient's page: plain HTML under 15 kB, no script, nothing to load, so that a cheap telephone
//! on a slow line has the answer at once.

use theriac_proof::answer::AnswerCode;

use crate::answer::VerifyAnswer;

/// How a heading looks. Supplied is the normal good answer to a patient, who has just been supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Look {
    class: &'static str,
    icon: &'static str,
    heading: &'static str,
}

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#16232b;--soft:#50616c;--paper:#f6f8f9;--card:#fff;--line:#dfe6ea}\
*{box-sizing:border-box}\
body{margin:0;background:var(--paper);color:var(--ink);\
font:1.125rem/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif}\
main{max-width:36rem;margin:0 auto;padding:1.25rem 1rem 2rem}\
.brand{margin:0 0 1rem;color:var(--soft);font-size:1rem}\
.answer{border-radius:1rem;padding:1.5rem 1.25rem;border:2px solid;border-left-width:.75rem}\
.answer p{margin:.5rem 0 0}\
h1{margin:0;font-size:1.75rem;line-height:1.2;display:flex;gap:.6rem;align-items:baseline}\
h2{font-size:1.125rem;margin:0 0 .75rem}\
.good{background:#e9f6ee;border-color:#1b7a43;color:#0f3d23}\
.info{background:#e9f1fb;border-color:#2a62ad;color:#142f55}\
.wait{background:#fdf3dc;border-color:#a86a00;color:#4a2f00}\
.stop{background:#fdecea;border-color:#b3261e;color:#5c120d}\
.card{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.25rem;margin-top:1rem}\
dl{display:grid;grid-template-columns:auto 1fr;gap:.4rem 1.25rem;margin:0}\
dt{color:var(--soft)}dd{margin:0;overflow-wrap:anywhere;font-weight:600}\
ul{margin:0;padding-left:1.25rem}\
footer{margin-top:1.25rem;color:var(--soft);font-size:.95rem}\
@media(prefers-color-scheme:dark){\
:root{--ink:#e8eef1;--soft:#a9b8c1;--paper:#10181d;--card:#18232a;--line:#2b3942}\
.good{background:#10301e;border-color:#57b981;color:#d5f2e0}\
.info{background:#122a49;border-color:#7fb0ee;color:#dbe9fb}\
.wait{background:#3a2a08;border-color:#e0a63a;color:#fbecc9}\
.stop{background:#3f1613;border-color:#f08a82;color:#fde0dd}}";

/// The whole page.
pub(super) fn page(answer: &VerifyAnswer) -> String {
    let code = code_for_patient(&answer.codes);
    let Look {
        class,
        icon,
        heading,
    } = look(code);
    let sentence = escape(code.row().patient);
    let facts = facts(answer);
    let (height, as_of) = (answer.height, escape(&minute(&answer.as_of)));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"robots\" content=\"noindex\">\n\
         <title>{heading} – your medicine</title>\n\
         <link rel=\"icon\" href=\"/icon.svg\" type=\"image/svg+xml\">\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <p class=\"brand\">Theriac · check of your medicine</p>\n\
         <section class=\"answer {class}\">\n\
         <h1><span aria-hidden=\"true\">{icon}</span>{heading}</h1>\n\
         <p>{sentence}</p>\n</section>\n{facts}\
         <section class=\"card\">\n<h2>If something looks wrong</h2>\n<ul>\n\
         <li>Compare the name, the batch and the expiry date here with those on the pack.</li>\n\
         <li>Opened, damaged, or printed badly? Do not use it.</li>\n\
         <li>Ask your pharmacist, and take the pack with you.</li>\n</ul>\n</section>\n\
         <footer><p>Answered from record {height} of {as_of}. This page sets no cookie and does not \
         ask who you are.</p></footer>\n</main>\n</body>\n</html>\n"
    )
}

/// A patient who was just supplied needs to hear of anything else first.
fn code_for_patient(codes: &[AnswerCode]) -> AnswerCode {
    let is_supplied = |code: &AnswerCode| code.for_anonymous() == AnswerCode::AlreadyDispensed;
    codes
        .iter()
        .find(|code| !is_supplied(code))
        .or(codes.first())
        .copied()
        .unwrap_or(AnswerCode::Unreadable)
}

fn look(code: AnswerCode) -> Look {
    let (class, icon, heading) = match code {
        AnswerCode::Active | AnswerCode::ExpiresSoon => ("good", "✓", "On record"),
        AnswerCode::AlreadyDispensed
        | AnswerCode::AlreadyDispensedHere
        | AnswerCode::AlreadyDispensedElsewhere => ("info", "✓", "Supplied"),
        AnswerCode::LotActive => ("info", "i", "Batch on record"),
        AnswerCode::Recalled => ("stop", "✕", "Recalled: do not use"),
        AnswerCode::Withdrawn => ("stop", "✕", "Withdrawn: ask first"),
        AnswerCode::Expired => ("stop", "✕", "Expired: do not use"),
        AnswerCode::Decommissioned | AnswerCode::Locked => ("stop", "✕", "Do not use"),
        AnswerCode::EvidenceInvalid
        | AnswerCode::UnknownSerial
        | AnswerCode::UnknownLot
        | AnswerCode::UnknownProduct
        | AnswerCode::LotMismatch
        | AnswerCode::ExpiryMismatch
        | AnswerCode::NotConfirmed
        | AnswerCode::NotInYourCustody => ("wait", "?", "Cannot confirm"),
        AnswerCode::Unreadable => ("wait", "?", "Cannot read the code"),
        AnswerCode::Stale => ("wait", "?", "Try again later"),
    };
    Look {
        class,
        icon,
        heading,
    }
}

/// What is on record, to be compared with the pack.
fn facts(answer: &VerifyAnswer) -> String {
    let Some(product) = &answer.product else {
        return String::new();
    };
    let code = answer.code.as_ref();
    let strength_and_form = format!("{}, {}", product.strength, product.form);
    let rows = [
        ("Medicine", Some(product.name.as_str())),
        ("Strength", Some(strength_and_form.as_str())),
        ("Issued by", Some(product.maker.as_str())),
        ("Batch", code.and_then(|code| code.lot.as_deref())),
        ("Use by", answer.expiry.as_deref()),
        ("Serial", code.and_then(|code| code.serial.as_deref())),
    ];
    let mut list = String::new();
    for (name, value) in rows {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            for part in ["<dt>", name, "</dt><dd>", &escape(value), "</dd>\n"] {
                list.push_str(part);
            }
        }
    }
    format!(
        "<section class=\"card\">\n<h2>Compare with your pack</h2>\n<dl>\n{list}</dl>\n</section>\n"
    )
}

/// `2026-11-22T10:00:00.000Z` as `2026-11-22 10:00 UTC`.
fn minute(time: &str) -> String {
    match (time.get(..10), time.get(11..16)) {
        (Some(day), Some(minute)) => format!("{day} {minute} UTC"),
        _ => time.to_owned(),
    }
}

/// Text that means nothing to a browser.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patient_hears_of_expiry_before_supply() {
        let codes = [AnswerCode::AlreadyDispensed, AnswerCode::Expired];
        assert_eq!(code_for_patient(&codes), AnswerCode::Expired);
        assert_eq!(code_for_patient(&codes[..1]), AnswerCode::AlreadyDispensed);
    }

    #[test]
    fn markup_in_a_name_stays_text() {
        assert_eq!(
            escape("<script>alert('1')</script> & \"x\""),
            "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;"
        );
    }

    #[test]
    fn time_is_shown_to_the_minute_with_its_zone() {
        assert_eq!(minute("2026-11-22T10:00:59.123Z"), "2026-11-22 10:00 UTC");
    }
}
