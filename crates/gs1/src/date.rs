//! Dates as GS1 carriers and ISO 8601 write them (GS1 General Specifications, sections 3.4 and 7.12).

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::error::DateError;

/// A day that exists in the Gregorian calendar, from year 1 to 9999.
///
/// Encoding: year as little-endian `u16`, month, day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CalendarDate {
    year: u16,
    month: u8,
    day: u8,
}

/// A date as AI (17) gives it: day `00` stands for the last day of the month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExpiryDate {
    /// The last day on which the item may be used.
    pub date: CalendarDate,
    /// Whether the carrier named the day, or only the month.
    pub day_given: bool,
}

impl CalendarDate {
    /// Checks that the day exists.
    ///
    /// # Errors
    /// A year outside 1 to 9999, a month outside 1 to 12, a day the month does not have.
    pub fn new(year: u16, month: u8, day: u8) -> Result<Self, DateError> {
        if !(1..=9999).contains(&year) {
            return Err(DateError::Year {
                year: u32::from(year),
            });
        }
        let last = last_day(year, month)?;
        if !(1..=last).contains(&day) {
            return Err(DateError::Day { year, month, day });
        }
        Ok(Self { year, month, day })
    }

    /// Reads `YYMMDD`; the century is the one that brings the year nearest to `reference_year`
    /// (51 years ahead is the past, 50 years back is the future; section 7.12).
    ///
    /// # Errors
    /// Another shape, or a day that does not exist. Day `00` is refused here: see [`ExpiryDate`].
    pub fn from_yymmdd(text: &str, reference_year: u16) -> Result<Self, DateError> {
        let [year, month, day] = parse_pairs(text)?;
        Self::new(year_of(year, reference_year)?, month, day)
    }

    /// Reads ISO 8601 `YYYY-MM-DD`.
    ///
    /// # Errors
    /// Another shape, or a day that does not exist.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        const SHAPE: &str = "YYYY-MM-DD";
        let position = SHAPE
            .bytes()
            .zip(text.bytes())
            .position(|(shape, byte)| match shape {
                b'-' => byte != b'-',
                _ => !byte.is_ascii_digit(),
            })
            .or_else(|| (text.len() != SHAPE.len()).then_some(text.len().min(SHAPE.len())));
        if let Some(index) = position {
            return Err(DateError::Form {
                expected: SHAPE,
                position: index.saturating_add(1),
            });
        }
        let number = |from, to| {
            text.get(from..to)
                .and_then(|digits: &str| digits.parse::<u16>().ok())
                .unwrap_or(0)
        };
        let pair = |from| u8::try_from(number(from, from + 2)).unwrap_or(0);
        Self::new(number(0, 4), pair(5), pair(8))
    }

    /// The year, 1 to 9999.
    pub fn year(&self) -> u16 {
        self.year
    }

    /// The month, 1 to 12.
    pub fn month(&self) -> u8 {
        self.month
    }

    /// The day of the month, from 1.
    pub fn day(&self) -> u8 {
        self.day
    }

    /// The six digits `YYMMDD` that a carrier holds.
    pub fn to_yymmdd(&self) -> String {
        format!("{:02}{:02}{:02}", self.year % 100, self.month, self.day)
    }

    /// Days from 1970-01-01, negative before it.
    pub fn days_since_epoch(&self) -> i64 {
        // Years start in March so that the leap day is the last of the year; an era is 400 years.
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (i64::from(self.month) + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + i64::from(self.day) - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * 146_097 + day_of_era - 719_468
    }
}

impl ExpiryDate {
    /// Reads `YYMMDD`, where day `00` stands for the last day of the month.
    ///
    /// # Errors
    /// Another shape, or a day that does not exist.
    pub fn from_yymmdd(text: &str, reference_year: u16) -> Result<Self, DateError> {
        let [year, month, day] = parse_pairs(text)?;
        let year = year_of(year, reference_year)?;
        if day == 0 {
            let date = CalendarDate::new(year, month, last_day(year, month)?)?;
            return Ok(Self {
                date,
                day_given: false,
            });
        }
        CalendarDate::new(year, month, day).map(Self::from)
    }

    /// The six digits `YYMMDD` that a carrier holds; day `00` when only the month was given.
    pub fn to_yymmdd(&self) -> String {
        if self.day_given {
            self.date.to_yymmdd()
        } else {
            format!("{:02}{:02}00", self.date.year % 100, self.date.month)
        }
    }
}

impl From<CalendarDate> for ExpiryDate {
    fn from(date: CalendarDate) -> Self {
        Self {
            date,
            day_given: true,
        }
    }
}

/// Reads what `Display` writes: `YYYY-MM-DD`, or `YYYY-MM` for a whole month.
impl FromStr for ExpiryDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != "YYYY-MM".len() {
            return CalendarDate::parse(text).map(Self::from);
        }
        let first = CalendarDate::parse(&format!("{text}-01"))?;
        let last = last_day(first.year, first.month)?;
        let date = CalendarDate::new(first.year, first.month, last)?;
        Ok(Self {
            date,
            day_given: false,
        })
    }
}

impl Serialize for ExpiryDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ExpiryDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a date as YYYY-MM-DD, or a month as YYYY-MM")
    }
}

/// `YYYY-MM-DD`, or `YYYY-MM` when only the month was given.
impl fmt::Display for ExpiryDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.day_given {
            self.date.fmt(f)
        } else {
            write!(f, "{:04}-{:02}", self.date.year, self.date.month)
        }
    }
}

impl fmt::Display for CalendarDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl FromStr for CalendarDate {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for CalendarDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CalendarDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a date as YYYY-MM-DD")
    }
}

impl BorshSerialize for CalendarDate {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.year.to_le_bytes())?;
        writer.write_all(&[self.month, self.day])
    }
}

impl BorshDeserialize for CalendarDate {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let [low, high, month, day] = codec::read_array(reader)?;
        Self::new(u16::from_le_bytes([low, high]), month, day).map_err(codec::invalid)
    }
}

/// The last day of a month.
fn last_day(year: u16, month: u8) -> Result<u8, DateError> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Ok(31),
        4 | 6 | 9 | 11 => Ok(30),
        2 if leap => Ok(29),
        2 => Ok(28),
        _ => Err(DateError::Month { month }),
    }
}

/// Six digits as three numbers of two digits.
fn parse_pairs(text: &str) -> Result<[u8; 3], DateError> {
    let expected = "YYMMDD";
    if let Some(index) = text
        .chars()
        .position(|character| !character.is_ascii_digit())
    {
        return Err(DateError::Form {
            expected,
            position: index.saturating_add(1),
        });
    }
    let digits: &[u8; 6] = text.as_bytes().try_into().map_err(|_| DateError::Form {
        expected,
        position: text.len().min(expected.len()).saturating_add(1),
    })?;
    let pair = |index: usize| (digits[index] - b'0') * 10 + (digits[index + 1] - b'0');
    Ok([pair(0), pair(2), pair(4)])
}

/// The full year of two digits, by the century rule.
fn year_of(two_digits: u8, reference_year: u16) -> Result<u16, DateError> {
    let reference = u32::from(reference_year);
    let century = reference - reference % 100;
    let difference = i32::from(two_digits) - i32::from(reference_year % 100);
    let century = match difference {
        51.. => century
            .checked_sub(100)
            .ok_or(DateError::Year { year: 0 })?,
        ..=-50 => century + 100,
        _ => century,
    };
    let year = century + u32::from(two_digits);
    u16::try_from(year).map_err(|_| DateError::Year { year })
}
