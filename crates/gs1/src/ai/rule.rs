//! Rules on a part of a value beyond its length and characters.
//!
//! Code lists that others keep (currencies, countries, package types, coupons) are not checked.

use std::fmt;

use crate::digits::check_digit;

/// A rule that a part of a value keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ValueRule {
    /// The last digit is the check digit of the others.
    CheckDigit,
    /// The last two characters are the check characters of the others.
    CheckCharacters,
    /// It begins with at least four digits of a GS1 Company Prefix.
    Prefix,
    /// At least four digits of a GS1 Company Prefix follow the first digit.
    PrefixAfterFirst,
    /// `YYMMDD`, a day that exists.
    Date,
    /// `YYMMDD`, a day that exists, or day `00` for the month.
    DateOrMonth,
    /// `YYYYMMDD`, a day that exists.
    LongDate,
    /// `HHMM`, from 0000 to 2359.
    HourMinute,
    /// An hour, 00 to 23.
    Hour,
    /// A minute or a second, 00 to 59.
    Sixtieth,
    /// Every percent sign begins an escape of two hexadecimal digits.
    PercentEncoding,
    /// 0 for no, 1 for yes.
    YesNo,
    /// Not all zeros.
    NotZero,
    /// Zero.
    Zero,
    /// The winding direction: 0, 1 or 9.
    Winding,
    /// A piece number and a total, neither zero, the piece not above the total.
    PieceOfTotal,
    /// At least one character is not a digit.
    NotOnlyDigits,
    /// No leading zero, unless it is the only digit.
    NoLeadingZero,
    /// A letter, a digit, `-` or `_`.
    ImporterIndex,
    /// ISO/IEC 5218: 0, 1, 2 or 9.
    Sex,
    /// `n/m`, neither zero, n not above m.
    Sequence,
    /// A hyphen, for a temperature below zero.
    Hyphen,
    /// At most 1800000000.
    Latitude,
    /// At most 3600000000.
    Longitude,
    /// 01 to 10, or 80 to 99.
    MediaType,
    /// ISO 13616, with its check number.
    Iban,
}

/// The 32 characters of a check character pair (GS1 General Specifications, section 7.9.5).
const CHECK_CHARACTERS: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
/// The prime weights of the pair, for the characters from right to left.
const CHECK_WEIGHTS: [u32; 23] = [
    2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83,
];
/// Character set 82 in order of value.
const VALUES_82: &[u8; 82] =
    b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

impl ValueRule {
    /// Says whether a part keeps the rule. The part has passed the checks of length and characters.
    pub(crate) fn holds(self, part: &str) -> bool {
        match self {
            Self::CheckDigit => part
                .as_bytes()
                .split_last()
                .is_some_and(|(last, payload)| check_digit(payload) == *last),
            Self::CheckCharacters => has_check_characters(part.as_bytes()),
            Self::Prefix => begins_with_prefix(part.as_bytes()),
            Self::PrefixAfterFirst => part.as_bytes().get(1..).is_some_and(begins_with_prefix),
            Self::Date => is_date(part, 1),
            Self::DateOrMonth => is_date(part, 0),
            Self::LongDate => is_long_date(part),
            Self::HourMinute => {
                number(part, 0, 2).is_some_and(|hour| hour < 24)
                    && number(part, 2, 4).is_some_and(|minute| minute < 60)
            }
            Self::Hour => number(part, 0, 2).is_some_and(|hour| hour < 24),
            Self::Sixtieth => number(part, 0, 2).is_some_and(|sixtieth| sixtieth < 60),
            Self::PercentEncoding => is_percent_encoded(part.as_bytes()),
            Self::YesNo => matches!(part, "0" | "1"),
            Self::NotZero => part.bytes().any(|byte| byte != b'0'),
            Self::Zero => part == "0",
            Self::Winding => matches!(part, "0" | "1" | "9"),
            Self::PieceOfTotal => {
                is_part_of_whole(part.get(..2).unwrap_or(""), part.get(2..).unwrap_or(""))
            }
            Self::NotOnlyDigits => part.bytes().any(|byte| !byte.is_ascii_digit()),
            Self::NoLeadingZero => part == "0" || !part.starts_with('0'),
            Self::ImporterIndex => part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')),
            Self::Sex => matches!(part, "0" | "1" | "2" | "9"),
            Self::Sequence => part
                .split_once('/')
                .is_some_and(|(position, whole)| is_part_of_whole(position, whole)),
            Self::Hyphen => part == "-",
            Self::Latitude => part <= "1800000000",
            Self::Longitude => part <= "3600000000",
            Self::MediaType => {
                number(part, 0, 2).is_some_and(|kind| matches!(kind, 1..=10 | 80..=99))
            }
            Self::Iban => is_iban(part.as_bytes()),
        }
    }
}

impl fmt::Display for ValueRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CheckDigit => "the last digit is the check digit of the others",
            Self::CheckCharacters => "the last two characters are the check pair of the others",
            Self::Prefix => "it begins with the digits of a GS1 Company Prefix",
            Self::PrefixAfterFirst => "a GS1 Company Prefix follows the first digit",
            Self::Date => "a date is YYMMDD and exists",
            Self::DateOrMonth => "a date is YYMMDD and exists, with day 00 for a whole month",
            Self::LongDate => "a date is YYYYMMDD and exists",
            Self::HourMinute => "a time is HHMM, 0000 to 2359",
            Self::Hour => "an hour is 00 to 23",
            Self::Sixtieth => "a minute or a second is 00 to 59",
            Self::PercentEncoding => "a percent sign is followed by two hexadecimal digits",
            Self::YesNo => "it is 0 for no or 1 for yes",
            Self::NotZero => "it is not all zeros",
            Self::Zero => "it is 0",
            Self::Winding => "a winding direction is 0, 1 or 9",
            Self::PieceOfTotal => {
                "piece and total are not 00, and the piece is not above the total"
            }
            Self::NotOnlyDigits => "at least one character is not a digit",
            Self::NoLeadingZero => "it has no leading zero",
            Self::ImporterIndex => "it is a letter, a digit, a hyphen or an underscore",
            Self::Sex => "it is 0, 1, 2 or 9",
            Self::Sequence => "it is a position, a slash and a count that is not below it",
            Self::Hyphen => "it is a hyphen",
            Self::Latitude => "it is at most 1800000000",
            Self::Longitude => "it is at most 3600000000",
            Self::MediaType => "it is 01 to 10 or 80 to 99",
            Self::Iban => "it is an IBAN whose check number fits",
        })
    }
}

/// The shortest company prefix has four digits.
fn begins_with_prefix(part: &[u8]) -> bool {
    part.get(..4)
        .is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

fn number(part: &str, from: usize, to: usize) -> Option<u32> {
    part.get(from..to)?.parse().ok()
}

/// Year, month, and day from `day_min` on. Which century is not known here, and the only year of
/// two digits that this touches is 00, a leap year from 1951 to 2050 under the century rule.
fn is_date(part: &str, day_min: u32) -> bool {
    let (Some(year), Some(month), Some(day)) =
        (number(part, 0, 2), number(part, 2, 4), number(part, 4, 6))
    else {
        return false;
    };
    (day_min..=last_day(year.is_multiple_of(4), month)).contains(&day) && (1..=12).contains(&month)
}

fn is_long_date(part: &str) -> bool {
    let (Some(year), Some(month), Some(day)) =
        (number(part, 0, 4), number(part, 4, 6), number(part, 6, 8))
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    (1..=last_day(leap, month)).contains(&day) && (1..=12).contains(&month)
}

fn last_day(leap: bool, month: u32) -> u32 {
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn is_part_of_whole(part: &str, whole: &str) -> bool {
    let only_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match (part.parse::<u32>(), whole.parse::<u32>()) {
        (Ok(number), Ok(count)) => {
            only_digits(part) && only_digits(whole) && number > 0 && number <= count
        }
        _ => false,
    }
}

fn is_percent_encoded(part: &[u8]) -> bool {
    part.iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'%')
        .all(|(index, _)| {
            part.get(index.saturating_add(1)..index.saturating_add(3))
                .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
        })
}

/// Weighted sum of the payload modulo 1021, written as two characters of five bits.
fn has_check_characters(part: &[u8]) -> bool {
    let Some((payload, pair)) = part.split_last_chunk::<2>() else {
        return false;
    };
    let sum: Option<u32> = payload
        .iter()
        .rev()
        .zip(CHECK_WEIGHTS)
        .map(|(byte, weight)| {
            let value = VALUES_82.iter().position(|member| member == byte)?;
            Some(u32::try_from(value).ok()? * weight)
        })
        .sum();
    let Some(remainder) = sum.and_then(|sum| usize::try_from(sum % 1021).ok()) else {
        return false;
    };
    payload.len() <= CHECK_WEIGHTS.len()
        && *pair
            == [
                CHECK_CHARACTERS[remainder >> 5],
                CHECK_CHARACTERS[remainder & 31],
            ]
}

/// ISO 13616: country, check number and account, read with the first four characters last,
/// letters as 10 to 35, leave the remainder 1 modulo 97.
fn is_iban(part: &[u8]) -> bool {
    let Some((country, account)) = part.split_first_chunk::<4>() else {
        return false;
    };
    let well_formed = country[..2].iter().all(u8::is_ascii_uppercase)
        && country[2..].iter().all(u8::is_ascii_digit)
        && account
            .iter()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && !account.is_empty();
    let remainder = account
        .iter()
        .chain(country)
        .fold(0_u32, |remainder, byte| {
            if byte.is_ascii_digit() {
                (remainder * 10 + u32::from(byte - b'0')) % 97
            } else {
                (remainder * 100 + u32::from(byte.saturating_sub(b'A')) + 10) % 97
            }
        });
    well_formed && remainder == 1
}

#[cfg(test)]
mod tests;
