//! JSON bodies, read and judged once for every route.

use std::ops::Deref;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use futures::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemCode};

/// U+0000 as JSON writes it.
const NUL_ESCAPE: &[u8] = b"\\u0000";

/// A body that is a JSON object. As a handler's argument it refuses everything else, and U+0000 in any
/// text: PostgreSQL cannot store it, nobody can read it, and no identifier holds it.
#[derive(Clone, Debug)]
pub struct Body<T>(T);

impl<T> Body<T> {
    /// What was read.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = is_json(request);
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            if !is_json {
                return Err(Problem::new(
                    ProblemCode::UnsupportedMediaType,
                    "the body must be application/json",
                ));
            }
            let bytes = bytes.await.map_err(|error| Problem::of_error(&error))?;
            parse(&bytes).map(Self)
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let mime = request.mime_type().ok().flatten();
    mime.is_some_and(|mime| {
        mime.subtype() == "json" || mime.suffix().is_some_and(|suffix| suffix == "json")
    })
}

/// Reads a JSON object.
///
/// # Errors
///
/// A problem: `invalid_json` where it is none, `invalid_body` where a field is not as it must be.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    check_json_text(bytes)?;
    // A sequence would be read as a structure, field by field.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let detail = "the body is a list; it must be an object";
        return Err(Problem::new(ProblemCode::InvalidBody, detail));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let code = if error.is_data() {
            ProblemCode::InvalidBody
        } else {
            ProblemCode::InvalidJson
        };
        Problem::new(code, error.to_string())
    })
}

/// Refuses a JSON document with U+0000 in any text.
///
/// # Errors
///
/// A problem `invalid_body` that says where.
pub fn check_json_text(bytes: &[u8]) -> Result<(), Problem> {
    let mut escapes = bytes.windows(NUL_ESCAPE.len()).enumerate();
    let found = escapes.find(|(at, window)| *window == NUL_ESCAPE && is_escape(bytes, *at));
    match found {
        None => Ok(()),
        Some((at, _)) => Err(nul_at(at)),
    }
}

/// Refuses a text file with a NUL byte.
///
/// # Errors
///
/// A problem `invalid_body` that says where.
pub fn check_plain_text(bytes: &[u8]) -> Result<(), Problem> {
    match bytes.iter().position(|&byte| byte == 0) {
        None => Ok(()),
        Some(at) => Err(nul_at(at)),
    }
}

/// Whether a backslash begins an escape: it is not itself escaped.
fn is_escape(bytes: &[u8], at: usize) -> bool {
    let before = bytes.iter().take(at).rev();
    before.take_while(|&&byte| byte == b'\\').count() % 2 == 0
}

fn nul_at(at: usize) -> Problem {
    let detail = format!("at byte {at} is the character U+0000, which no text may hold");
    Problem::new(ProblemCode::InvalidBody, detail).with_hint("leave the character out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Eq, serde::Deserialize)]
    struct Lot {
        lot: String,
    }

    fn code_of(body: &str) -> ProblemCode {
        parse::<Lot>(body.as_bytes()).unwrap_err().code()
    }

    #[test]
    fn object_is_read() {
        let lot = parse::<Lot>(br#" {"lot":"A\\u0000"}"#).unwrap();
        assert_eq!(lot.lot, r"A\u0000", "an escaped backslash begins no escape");
    }

    #[test]
    fn nul_is_refused_wherever_it_stands() {
        assert_eq!(code_of(r#"{"lot":"A\u0000"}"#), ProblemCode::InvalidBody);
        assert_eq!(code_of(r#"{"lot":"\\\u0000"}"#), ProblemCode::InvalidBody);
        assert_eq!(
            code_of(r#"{"lot":"A","\u0000":1}"#),
            ProblemCode::InvalidBody
        );
        assert_eq!(
            check_plain_text(b"a\0b").unwrap_err().code(),
            ProblemCode::InvalidBody
        );
        assert!(check_plain_text(b"serial\n1\n").is_ok());
    }

    #[test]
    fn list_is_not_read_as_an_object() {
        assert_eq!(code_of(r#"["A"]"#), ProblemCode::InvalidBody);
    }

    #[test]
    fn broken_json_and_wrong_fields_have_codes_of_their_own() {
        assert_eq!(code_of("{"), ProblemCode::InvalidJson);
        assert_eq!(code_of("{}"), ProblemCode::InvalidBody);
    }
}
