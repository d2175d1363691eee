//! Lists in pages: an opaque cursor, a limit, and where the next page is.
//!
//! A cursor names the last item of a page, not a number of items to skip: what is added or removed
//! while somebody turns pages neither repeats nor hides what was there all the time.

use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::BASE64URL_NOPAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::body::check_json_text;
use crate::problem::{Problem, ProblemCode};

/// Items of a page where the caller does not say.
pub const LIMIT_DEFAULT: u64 = 100;
/// The most items of one page.
pub const LIMIT_MAX: u64 = 1_000;
/// The longest cursor that is read.
const CURSOR_CHARS_MAX: usize = 512;

/// Which page of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct PageQuery {
    /// What the page before gave as `next`; absent for the first page.
    #[param(required = false)]
    pub cursor: Option<String>,
    /// How many items, 1 to 1,000.
    #[param(required = false, minimum = 1, maximum = 1_000, default = 100)]
    pub limit: Option<u64>,
}

impl PageQuery {
    /// How many items to give.
    ///
    /// # Errors
    ///
    /// A problem `invalid_query` outside 1 to [`LIMIT_MAX`].
    pub fn limit(&self) -> Result<u64, Problem> {
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        if (1..=LIMIT_MAX).contains(&limit) {
            return Ok(limit);
        }
        let detail = format!("limit is {limit}, it must be 1 to {LIMIT_MAX}");
        Err(Problem::new(ProblemCode::InvalidQuery, detail))
    }

    /// After what to go on.
    ///
    /// # Errors
    ///
    /// A problem `invalid_query` for a text that no list of this kind gave.
    pub fn after<T: DeserializeOwned>(&self) -> Result<Option<T>, Problem> {
        self.cursor.as_deref().map(read_cursor).transpose()
    }
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; absent at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The page of at most `limit` of `items`, which are all that was found when one more than `limit`
    /// was asked for; `key` gives what the cursor is to say of an item.
    pub fn of<K: Serialize>(mut items: Vec<T>, limit: u64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        if items.len() <= limit {
            return Self { items, next: None };
        }
        items.truncate(limit);
        let next = items.last().map(|last| cursor(&key(last)));
        Self { items, next }
    }
}

/// The cursor that says `key`.
///
/// # Panics
///
/// For a key that has no form in JSON: it is the program's own.
pub fn cursor(key: &impl Serialize) -> String {
    let json = serde_json::to_vec(key).expect("keys of cursors are texts and numbers");
    BASE64URL_NOPAD.encode(&json)
}

fn read_cursor<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    let refused = || {
        Problem::new(
            ProblemCode::InvalidQuery,
            "this cursor was not given by this list",
        )
        .with_hint("give what the page before said as `next`, or leave it out for the first page")
    };
    if text.len() > CURSOR_CHARS_MAX {
        return Err(refused());
    }
    let json = BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| refused())?;
    check_json_text(&json).map_err(|_| refused())?;
    serde_json::from_slice(&json).map_err(|_| refused())
}

/// The answer with a page: the body, and the next page as a link (RFC 8288).
pub fn answer(request: &HttpRequest, body: &impl Serialize, next: Option<&str>) -> HttpResponse {
    let mut response = HttpResponse::Ok().json(body);
    let link = next.map(|next| link(request.path(), request.query_string(), next));
    if let Some(value) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, value);
    }
    response
}

fn link(path: &str, query: &str, next: &str) -> String {
    let mut kept: Vec<&str> = query
        .split('&')
        .filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="))
        .collect();
    let cursor = format!("cursor={next}");
    kept.push(&cursor);
    format!("<{path}?{}>; rel=\"next\"", kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(cursor: Option<String>, limit: Option<u64>) -> PageQuery {
        PageQuery { cursor, limit }
    }

    #[test]
    fn cursor_with_a_character_that_no_database_holds_is_refused() {
        let nul = query(Some(cursor(&"\0")), None);
        assert!(nul.after::<String>().is_err());
    }

    #[test]
    fn limit_is_a_hundred_unless_it_is_said_and_never_more_than_a_thousand() {
        assert_eq!(query(None, None).limit(), Ok(100));
        assert_eq!(query(None, Some(1_000)).limit(), Ok(1_000));
        assert!(query(None, Some(0)).limit().is_err());
        assert!(query(None, Some(1_001)).limit().is_err());
    }

    #[test]
    fn pages_cover_a_list_once_and_in_order() {
        let all: Vec<u32> = (0..25).collect();
        let mut seen = Vec::new();
        let mut at = query(None, Some(10));
        loop {
            let after: Option<u32> = at.after().unwrap();
            let rest = all
                .iter()
                .copied()
                .filter(|item| after.is_none_or(|last| *item > last));
            let page = Page::of(rest.take(11).collect(), 10, |item| *item);
            seen.extend(page.items);
            match page.next {
                Some(next) => at.cursor = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn link_keeps_what_else_was_asked() {
        assert_eq!(
            link("/api/v1/stock", "limit=5&cursor=old", "new"),
            "</api/v1/stock?limit=5&cursor=new>; rel=\"next\""
        );
    }

    proptest! {
        #[test]
        fn cursor_says_what_it_was_made_of(key: (String, u64)) {
            let text = cursor(&key);
            let length = text.len();
            let read = query(Some(text), None).after::<(String, u64)>();
            if length <= CURSOR_CHARS_MAX {
                prop_assert_eq!(read, Ok(Some(key)));
            } else {
                prop_assert!(read.is_err());
            }
        }

        #[test]
        fn no_text_is_a_cursor_by_accident_or_panics(text: String) {
            let _ = query(Some(text), None).after::<(String, u64)>();
        }
    }
}
