//! Instants as EPCIS writes them: ISO 8601 with an offset, to the millisecond.

use std::fmt;

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Last day that four digits of a year hold: 9999-12-31.
const LAST_DAY: i64 = 2_932_896;
/// First day that four digits of a year hold: 0001-01-01.
const FIRST_DAY: i64 = -719_162;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, in years 1 to 9999.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventTime(i64);

/// Why a text or number is no instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventTimeError {
    /// Another shape.
    #[error("a time is written YYYY-MM-DDTHH:MM:SS with optional decimals and Z or ±HH:MM")]
    Shape,
    /// A field has a value that no clock shows.
    #[error("a field of the time is out of its range")]
    Range,
}

impl EventTime {
    /// The instant so many milliseconds after 1970-01-01T00:00:00Z.
    pub fn from_unix_ms(ms: u64) -> Result<Self, EventTimeError> {
        let ms = i64::try_from(ms).map_err(|_| EventTimeError::Range)?;
        Self::checked(ms)
    }

    /// Reads a time with any number of decimals; the third is rounded half up (CBV 2.0 section
    /// 8.9, rule 9).
    pub fn parse(text: &str) -> Result<Self, EventTimeError> {
        let (date, rest) = text.split_at_checked(10).ok_or(EventTimeError::Shape)?;
        let (clock, rest) = rest.split_at_checked(9).ok_or(EventTimeError::Shape)?;
        let date = theriac_gs1::CalendarDate::parse(date).map_err(|_| EventTimeError::Shape)?;
        let clock = clock.strip_prefix('T').ok_or(EventTimeError::Shape)?;
        let seconds = parse_clock(clock)?;
        let (decimals, offset) = split_decimals(rest)?;
        let ms = date
            .days_since_epoch()
            .checked_mul(DAY_MS)
            .and_then(|day| day.checked_add(seconds.checked_mul(1000)?))
            .and_then(|ms| ms.checked_add(round_ms(decimals)))
            .and_then(|ms| ms.checked_sub(parse_offset(offset)?.checked_mul(60_000)?))
            .ok_or(EventTimeError::Range)?;
        Self::checked(ms)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    pub fn unix_ms(self) -> i64 {
        self.0
    }

    /// The day in UTC.
    pub fn date(self) -> theriac_gs1::CalendarDate {
        let text = self.to_string();
        theriac_gs1::CalendarDate::parse(text.get(..10).unwrap_or_default())
            .expect("an instant is written with a day of the calendar")
    }

    fn checked(ms: i64) -> Result<Self, EventTimeError> {
        if (FIRST_DAY..=LAST_DAY).contains(&ms.div_euclid(DAY_MS)) {
            Ok(Self(ms))
        } else {
            Err(EventTimeError::Range)
        }
    }
}

/// In UTC with three decimals: `2026-01-01T00:00:00.000Z`.
impl fmt::Display for EventTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_date(self.0.div_euclid(DAY_MS));
        let of_day = self.0.rem_euclid(DAY_MS);
        let (seconds, ms) = (of_day / 1000, of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z"
        )
    }
}

/// Year, month and day of a day counted from 1970-01-01, in the proleptic Gregorian calendar
/// (H. Hinnant, "chrono-compatible low-level date algorithms"). The caller keeps to four-digit years.
fn civil_date(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn parse_clock(text: &str) -> Result<i64, EventTimeError> {
    let mut parts = text.split(':').map(two_digits);
    let mut next = || parts.next().flatten().ok_or(EventTimeError::Shape);
    let (hour, minute, second) = (next()?, next()?, next()?);
    // 60 is a leap second; it counts as the next second.
    if hour > 23 || minute > 59 || second > 60 {
        return Err(EventTimeError::Range);
    }
    Ok(hour * 3600 + minute * 60 + second)
}

fn split_decimals(text: &str) -> Result<(&str, &str), EventTimeError> {
    let Some(rest) = text.strip_prefix('.') else {
        return Ok(("", text));
    };
    let end = rest
        .find(|character: char| !character.is_ascii_digit())
        .ok_or(EventTimeError::Shape)?;
    if end == 0 {
        return Err(EventTimeError::Shape);
    }
    Ok(rest.split_at(end))
}

fn round_ms(decimals: &str) -> i64 {
    let digit = |index: usize| {
        decimals
            .as_bytes()
            .get(index)
            .map_or(0, |byte| i64::from(byte.saturating_sub(b'0')))
    };
    digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5)
}

/// Minutes east of UTC.
fn parse_offset(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn two_digits(text: &str) -> Option<i64> {
    match text.as_bytes() {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0'))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(EventTime::parse(text).unwrap().to_string(), expected);
    }

    #[test]
    fn times_are_written_in_utc_to_the_millisecond() {
        check("2020-03-04T11:00:30+01:00", "2020-03-04T10:00:30.000Z");
        check(
            "2005-04-03T20:33:31.116000-06:00",
            "2005-04-04T02:33:31.116Z",
        );
        check("2023-01-18T11:04:03.1415Z", "2023-01-18T11:04:03.142Z");
        check("2023-12-31T23:59:59.9996Z", "2024-01-01T00:00:00.000Z");
        check("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z");
        check("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z");
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "2020-03-04",
            "2020-03-04T11:00:30",
            "2020-03-04 11:00:30Z",
            "2020-03-04T25:00:30Z",
            "2020-03-04T11:00:30.Z",
            "2020-13-04T11:00:30Z",
            "2020-03-04T11:00:30+1:00",
            "2020-03-04T11:00:30é",
        ] {
            assert!(EventTime::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_of_two_centuries_reads_back() {
        for day in 0..73_000u64 {
            let time = EventTime::from_unix_ms(day * 86_400_000 + 1).unwrap();
            assert_eq!(EventTime::parse(&time.to_string()), Ok(time));
        }
        assert!(EventTime::from_unix_ms(u64::MAX).is_err());
    }
}
