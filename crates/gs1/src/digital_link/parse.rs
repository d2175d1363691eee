//! Reading links.

use crate::ai::Ai;
use crate::digital_link::words::find_digits;
use crate::digital_link::{DigitalLink, DigitalLinkError, DigitalLinkOptions, WordForm};
use crate::element_string::{CHARACTERS_MAX, ElementString, UnknownAi};
use crate::percent::{UriPart, percent_decode};

/// The sequences of qualifiers that a primary key allows.
type Sequences = &'static [&'static [&'static str]];

pub(super) fn parse(
    text: &str,
    options: DigitalLinkOptions,
) -> Result<DigitalLink, DigitalLinkError> {
    check_characters(text)?;
    let (before_fragment, fragment) = split_at_mark(text, '#');
    let (before_query, query) = split_at_mark(before_fragment, '?');
    let (origin, path) = split_scheme_and_host(before_query)?;
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let key = find_key(&segments, options.words)
        .ok_or_else(|| refuse_without_key(segments.last().copied().unwrap_or_default()))?;
    let (stem_segments, data_segments) = segments.split_at(key.index);
    let mut elements = ElementString::default();
    let mut words_used = false;
    let mut qualifiers = Vec::new();
    for pair in data_segments.chunks_exact(2) {
        let &[name, value] = pair else { continue };
        let ai = path_ai(name, options.words).ok_or(DigitalLinkError::NoPrimaryKey)?;
        words_used |= ai.as_str() != name;
        add(&mut elements, ai, value, UriPart::Path, UnknownAi::Refuse)?;
        qualifiers.push(ai);
    }
    check_qualifiers(
        key.ai,
        key.sequences,
        qualifiers.get(1..).unwrap_or_default(),
    )?;
    let path_elements = elements.elements().len();
    let reader = QueryReader {
        key: &key,
        options,
        words_used,
    };
    let parameters = reader.read(query.unwrap_or_default(), &mut elements)?;
    let stem = stem_segments
        .iter()
        .fold(origin.to_owned(), |stem, segment| stem + "/" + segment);
    let fragment = fragment.map(str::to_owned);
    Ok(DigitalLink {
        stem,
        elements,
        path_elements,
        parameters,
        fragment,
    })
}

/// Length and the characters of RFC 3986.
pub(super) fn check_characters(text: &str) -> Result<(), DigitalLinkError> {
    if text.len() > CHARACTERS_MAX {
        return Err(DigitalLinkError::TooLong {
            most: CHARACTERS_MAX,
        });
    }
    let allowed = |character: char| {
        character.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(character)
    };
    match text
        .chars()
        .enumerate()
        .find(|(_, character)| !allowed(*character))
    {
        None => Ok(()),
        Some((index, found)) => Err(DigitalLinkError::Character {
            position: index.saturating_add(1),
            found,
        }),
    }
}

/// Cuts a URI after its host; the path, if any, begins with a slash.
pub(super) fn split_scheme_and_host(text: &str) -> Result<(&str, &str), DigitalLinkError> {
    let rest = ["https://", "http://", "HTTPS://", "HTTP://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme))
        .ok_or(DigitalLinkError::Scheme)?;
    let host_length = rest.find('/').unwrap_or(rest.len());
    let host = &rest[..host_length];
    if !is_host(host) {
        return Err(DigitalLinkError::Host {
            host: host.to_owned(),
        });
    }
    let scheme_length = text.len().saturating_sub(rest.len());
    Ok(text.split_at(scheme_length.saturating_add(host_length)))
}

/// Refuses an identifier that may not stand in the query beside this key.
pub(super) fn check_attribute(
    key: Ai,
    sequences: Sequences,
    ai: Ai,
) -> Result<(), DigitalLinkError> {
    let is_qualifier = sequences
        .iter()
        .any(|sequence| sequence.contains(&ai.as_str()));
    let is_attribute = ai.entry().is_none_or(|entry| entry.attribute);
    if is_attribute && !is_qualifier {
        Ok(())
    } else {
        Err(DigitalLinkError::NotAnAttribute { key, ai })
    }
}

/// A primary key found in the path.
struct PrimaryKey {
    index: usize,
    ai: Ai,
    sequences: Sequences,
}

/// Walks the path from its end, name and value at a time, to the first primary key.
fn find_key(segments: &[&str], words: WordForm) -> Option<PrimaryKey> {
    let mut index = segments.len();
    loop {
        index = index.checked_sub(2)?;
        let ai = path_ai(segments.get(index)?, words)?;
        if let Some(sequences) = ai.entry()?.key {
            return Some(PrimaryKey {
                index,
                ai,
                sequences,
            });
        }
    }
}

fn path_ai(name: &str, words: WordForm) -> Option<Ai> {
    let from_word = || match words {
        WordForm::Accept => find_digits(name).and_then(Ai::parse),
        WordForm::Refuse => None,
    };
    Ai::parse(name).or_else(from_word)
}

/// Tells a compressed link from one that has nothing to do with GS1.
fn refuse_without_key(last_segment: &str) -> DigitalLinkError {
    /// A compressed GTIN alone takes 48 bits of number after 8 of identifier: ten characters.
    const SHORTEST_COMPRESSED: usize = 10;
    let is_compressed = last_segment.len() >= SHORTEST_COMPRESSED
        && last_segment
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        && last_segment.bytes().any(|byte| byte.is_ascii_uppercase())
        && last_segment.bytes().any(|byte| byte.is_ascii_lowercase());
    if is_compressed {
        DigitalLinkError::Compressed
    } else {
        DigitalLinkError::NoPrimaryKey
    }
}

/// The qualifiers must be part of one of the sequences, in its order.
fn check_qualifiers(
    key: Ai,
    sequences: Sequences,
    qualifiers: &[Ai],
) -> Result<(), DigitalLinkError> {
    let fitting = |sequence: &[&str]| {
        let mut expected = sequence.iter();
        qualifiers
            .iter()
            .take_while(|ai| expected.any(|digits| *digits == ai.as_str()))
            .count()
    };
    let most = sequences
        .iter()
        .map(|sequence| fitting(sequence))
        .max()
        .unwrap_or(0);
    match qualifiers.get(most) {
        None => Ok(()),
        Some(&qualifier) => Err(DigitalLinkError::Qualifier {
            key,
            qualifier,
            sequences,
        }),
    }
}

struct QueryReader<'a> {
    key: &'a PrimaryKey,
    options: DigitalLinkOptions,
    words_used: bool,
}

impl QueryReader<'_> {
    /// Adds attributes to the elements and answers with all other parameters.
    fn read(
        &self,
        query: &str,
        elements: &mut ElementString,
    ) -> Result<Vec<(String, String)>, DigitalLinkError> {
        let mut parameters = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            if let Some(ai) = self.attribute_ai(name)? {
                check_attribute(self.key.ai, self.key.sequences, ai)?;
                add(elements, ai, value, UriPart::Query, self.options.unknown)?;
            } else {
                let decode = |text| {
                    String::from_utf8_lossy(&percent_decode(text, UriPart::Query)).into_owned()
                };
                parameters.push((decode(name), decode(value)));
            }
        }
        Ok(parameters)
    }

    /// Names of digits are identifiers, and `exp` is (17) in links that use words.
    fn attribute_ai(&self, name: &str) -> Result<Option<Ai>, DigitalLinkError> {
        if self.words_used && name == "exp" {
            return Ok(Some(Ai::EXPIRY));
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(None);
        }
        match Ai::parse(name) {
            Some(ai) if ai.entry().is_some() || self.options.unknown == UnknownAi::Keep => {
                Ok(Some(ai))
            }
            _ => Err(DigitalLinkError::UnknownAi {
                found: name.to_owned(),
            }),
        }
    }
}

/// Decodes and checks a value, and refuses an identifier that is there already.
fn add(
    elements: &mut ElementString,
    ai: Ai,
    encoded: &str,
    part: UriPart,
    unknown: UnknownAi,
) -> Result<(), DigitalLinkError> {
    if elements.get(ai).is_some() {
        return Err(DigitalLinkError::Repeated { ai });
    }
    let value = String::from_utf8(percent_decode(encoded, part))
        .map_err(|_| DigitalLinkError::NotText { ai })?;
    // Shorter GTINs are met in links and mean the same number.
    let value = match (ai, value.len()) {
        (Ai::GTIN, 8 | 12 | 13) => format!("{value:0>14}"),
        _ => value,
    };
    elements
        .push(ai, &value, unknown, 1)
        .map_err(|error| DigitalLinkError::Element { error })
}

fn split_at_mark(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark)
        .map_or((text, None), |(before, after)| (before, Some(after)))
}

/// A name, an IPv4 address or an IPv6 address in brackets, and an optional port.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((address, port)) => {
                let is_address = address
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit() || b":.".contains(&byte));
                if address.is_empty() || !is_address {
                    return false;
                }
                (
                    "address",
                    port.strip_prefix(':')
                        .or_else(|| port.is_empty().then_some("")),
                )
            }
            None => return false,
        },
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, Some("")),
        },
    };
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
        && port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}
