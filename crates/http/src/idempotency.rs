//! The header `Idempotency-Key`: with it a client may send a write again without doing it twice.

use std::fmt;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::problem::{Problem, ProblemCode};

/// The longest key, in characters: a UUID has 36, a digest in hexadecimal 64.
pub const KEY_CHARS_MAX: usize = 64;

const HINT: &str = "choose a new key for each thing to be done, such as a UUID, and send it as the header Idempotency-Key; send the same key again to repeat the same request safely";

/// The key of one write: 1 to [`KEY_CHARS_MAX`] visible ASCII characters. As a handler's argument it
/// makes the header mandatory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads a key.
    ///
    /// # Errors
    ///
    /// A problem `idempotency_key_missing` for an empty, longer or other text.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        if text.is_empty() || text.len() > KEY_CHARS_MAX {
            return Err(refused(format!(
                "the idempotency key has {} characters, it must have 1 to {KEY_CHARS_MAX}",
                text.len()
            )));
        }
        if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(refused(format!(
                "character {} of the idempotency key is not visible ASCII",
                at + 1
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut values = request.headers().get_all("idempotency-key");
        ready(match (values.next(), values.next()) {
            (None, _) => Err(refused("this request needs the header Idempotency-Key")),
            (Some(_), Some(_)) => Err(refused("the header Idempotency-Key is there twice")),
            (Some(value), None) => match value.to_str() {
                Ok(text) => Self::parse(text),
                Err(_) => Err(refused("the idempotency key is not visible ASCII")),
            },
        })
    }
}

fn refused(detail: impl Into<String>) -> Problem {
    Problem::new(ProblemCode::IdempotencyKeyMissing, detail).with_hint(HINT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_of_visible_characters_is_taken() {
        let text = "x".repeat(KEY_CHARS_MAX);
        assert_eq!(IdempotencyKey::parse(&text).unwrap().as_str(), text);
    }

    #[test]
    fn empty_long_and_invisible_keys_are_refused() {
        for text in ["", "a b", "é", &"x".repeat(KEY_CHARS_MAX + 1)] {
            let problem = IdempotencyKey::parse(text).unwrap_err();
            assert_eq!(problem.code(), ProblemCode::IdempotencyKeyMissing, "{text}");
        }
    }
}
