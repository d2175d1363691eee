//! Strict decoding shared by the identifiers: what `parse` refuses, every decoder refuses.

use std::fmt;
use std::io::{self, Error, ErrorKind, Read};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{self, Deserializer, Visitor};

/// Reads exactly `N` bytes.
pub(crate) fn read_array<R: Read, const N: usize>(reader: &mut R) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Reads a text of `u8` length and that many bytes into `buffer`; longer than the buffer is
/// refused before a byte of it is read.
pub(crate) fn read_short_text<'a, R: Read>(
    reader: &mut R,
    buffer: &'a mut [u8],
) -> io::Result<&'a str> {
    let [length] = read_array(reader)?;
    let most = buffer.len();
    let target = buffer.get_mut(..usize::from(length)).ok_or_else(|| {
        invalid(format!(
            "a text of {length} bytes where at most {most} are allowed"
        ))
    })?;
    reader.read_exact(target)?;
    text_of(target)
}

/// The text of bytes read from outside.
pub(crate) fn text_of(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(invalid)
}

/// An `InvalidData` error with the refusal as its source.
pub(crate) fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}

/// Deserializes a value from a string through its `FromStr`.
pub(crate) fn deserialize_text<'de, D, T>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr,
    T::Err: fmt::Display,
{
    deserializer.deserialize_str(TextVisitor {
        expected,
        value: PhantomData,
    })
}

struct TextVisitor<T> {
    expected: &'static str,
    value: PhantomData<T>,
}

impl<T> Visitor<'_> for TextVisitor<T>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
