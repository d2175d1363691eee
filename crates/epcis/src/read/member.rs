//! Reading the members of an object: each by its shape, each fault where it stands.

use std::fmt::Display;

use serde_json::{Map, Value};

use crate::hash::Namespaces;
use crate::identifier::Epc;
use crate::read::word::{Word, Words};
use crate::read::{EVENT_FAULTS_MAX, EventFault, Named};
use crate::time::EventTime;

/// Characters of a URI.
const URI_CHARS_MAX: usize = 1_000;
/// Characters of a text that a fault quotes.
const QUOTED_CHARS_MAX: usize = 100;

/// The members of one object, and what is wrong with them so far.
pub(super) struct Reader<'v> {
    members: &'v Map<String, Value>,
    names: &'v Namespaces,
    prefix: String,
    faults: Vec<EventFault>,
}

impl<'v> Reader<'v> {
    pub(super) fn new(members: &'v Map<String, Value>, names: &'v Namespaces) -> Self {
        Self {
            members,
            names,
            prefix: String::new(),
            faults: Vec::new(),
        }
    }

    pub(super) fn fault(&mut self, at: &str, code: &'static str, detail: impl Into<String>) {
        if self.faults.len() < EVENT_FAULTS_MAX {
            self.faults.push(EventFault {
                at: format!("{}{at}", self.prefix),
                code,
                detail: detail.into(),
            });
        }
    }

    pub(super) fn into_faults(self) -> Vec<EventFault> {
        self.faults
    }

    /// Hands the faults of an inner object on.
    pub(super) fn close(self, outer: &mut Reader<'_>) {
        let room = EVENT_FAULTS_MAX.saturating_sub(outer.faults.len());
        outer.faults.extend(self.faults.into_iter().take(room));
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// Misses a member that is not there.
    pub(super) fn require(&mut self, name: &str) {
        if !self.has(name) {
            let detail = format!("{name} is missing, and the standard requires it");
            self.fault(name, "member_missing", detail);
        }
    }

    /// Refuses members that are neither among these nor in a namespace that the document declares.
    pub(super) fn allow(&mut self, known: &[&str]) {
        for name in self.members.keys() {
            if known.contains(&name.as_str()) || self.names.knows(name) {
                continue;
            }
            let detail = if name.contains(':') {
                "the prefix of this member is not declared in @context"
            } else {
                "the standard has no such member here; an extension has a prefix that @context declares"
            };
            self.fault(&quoted(name), "member_unknown", detail);
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Option<&'v str> {
        let value = self.members.get(name)?;
        self.as_text(name, value)
    }

    pub(super) fn parsed<T, E: Display>(
        &mut self,
        name: &str,
        code: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        match parse(self.text(name)?) {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(name, code, error.to_string());
                None
            }
        }
    }

    pub(super) fn time(&mut self, name: &str) -> Option<EventTime> {
        self.parsed(name, "time_invalid", EventTime::parse)
    }

    pub(super) fn word(&mut self, name: &str, words: &Words) -> Option<Word> {
        let text = self.text(name)?;
        self.read_word(name, text, words)
    }

    pub(super) fn words(&mut self, name: &str, words: &Words) -> Vec<Word> {
        self.each(name, usize::MAX, |reader, at, item| {
            let text = reader.as_text(at, item)?;
            reader.read_word(at, text, words)
        })
    }

    pub(super) fn uri(&mut self, name: &str) -> Option<&'v str> {
        let text = self.text(name)?;
        self.check_uri(name, text)
    }

    pub(super) fn uris(&mut self, name: &str, most: usize) -> Vec<String> {
        self.each(name, most, |reader, at, item| {
            let text = reader.as_text(at, item)?;
            reader.check_uri(at, text).map(str::to_owned)
        })
    }

    pub(super) fn named(&mut self, name: &str) -> Option<Named> {
        self.uri(name).map(named)
    }

    pub(super) fn named_list(&mut self, name: &str, most: usize) -> Vec<Named> {
        self.each(name, most, |reader, at, item| {
            let text = reader.as_text(at, item)?;
            reader.check_uri(at, text).map(named)
        })
    }

    pub(super) fn object(&mut self, name: &str) -> Option<Reader<'v>> {
        let value = self.members.get(name)?;
        self.as_object(name, value)
    }

    /// Objects of a list, each with its place in front of its faults.
    pub(super) fn objects<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Reader<'v>) -> Option<T>,
    ) -> Vec<T> {
        self.each(name, most, |reader, at, item| {
            let mut inner = reader.as_object(at, item)?;
            let value = read(&mut inner);
            inner.close(reader);
            value
        })
    }

    /// Names of members, and the same with their namespaces spelled out.
    pub(super) fn expanded_names(&self) -> Vec<(String, String)> {
        self.members
            .keys()
            .filter_map(|name| Some((name.clone(), self.names.expand_name(name)?)))
            .collect()
    }

    fn each<T>(
        &mut self,
        name: &str,
        most: usize,
        mut read: impl FnMut(&mut Self, &str, &'v Value) -> Option<T>,
    ) -> Vec<T> {
        let Some(value) = self.members.get(name) else {
            return Vec::new();
        };
        let Value::Array(items) = value else {
            self.fault(name, "shape_wrong", "a list is expected here");
            return Vec::new();
        };
        if items.len() > most {
            let detail = format!(
                "{} entries stand here, at most {most} are read",
                items.len()
            );
            self.fault(name, "too_many", detail);
            return Vec::new();
        }
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.extend(read(self, &format!("{name}[{index}]"), item));
        }
        list
    }

    fn read_word(&mut self, at: &str, text: &str, words: &Words) -> Option<Word> {
        let read = words.read(text);
        if read.is_none() {
            let detail = format!(
                "{:?} is not {} of the Core Business Vocabulary; a word of your own is a URI",
                quoted(text),
                words.what
            );
            self.fault(at, "word_unknown", detail);
        }
        read
    }

    fn check_uri(&mut self, at: &str, text: &'v str) -> Option<&'v str> {
        if is_uri(text) {
            return Some(text);
        }
        let detail = format!("this is no absolute URI of at most {URI_CHARS_MAX} characters");
        self.fault(at, "uri_invalid", detail);
        None
    }

    fn as_text(&mut self, at: &str, value: &'v Value) -> Option<&'v str> {
        if let Value::String(text) = value {
            return Some(text);
        }
        self.fault(at, "shape_wrong", "a text is expected here");
        None
    }

    fn as_object(&mut self, at: &str, value: &'v Value) -> Option<Reader<'v>> {
        let Value::Object(members) = value else {
            self.fault(at, "shape_wrong", "an object is expected here");
            return None;
        };
        Some(Reader {
            members,
            names: self.names,
            prefix: format!("{}{at}.", self.prefix),
            faults: Vec::new(),
        })
    }
}

fn quoted(text: &str) -> String {
    text.chars().take(QUOTED_CHARS_MAX).collect()
}

fn named(text: &str) -> Named {
    match Epc::parse(text) {
        Some(epc) => Named::Known(epc),
        None => Named::Other(text.to_owned()),
    }
}

/// Whether a text is an absolute URI (RFC 3986 section 3), as far as its characters tell.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let mut scheme = scheme.bytes();
    scheme.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && scheme.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        && !rest.is_empty()
        && text.len() <= URI_CHARS_MAX
        && !rest
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`".contains(c))
}
