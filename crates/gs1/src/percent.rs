//! Percent-encoding of URI parts (RFC 3986, section 2.1).

/// Where in a URI a text stands, because `+` means a space in a query only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UriPart {
    /// A segment of the path.
    Path,
    /// A name or value of the query.
    Query,
}

/// Escapes everything but the unreserved characters: letters, digits, `-`, `.`, `_`, `~`.
pub fn percent_encode(text: &str, part: UriPart) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' if part == UriPart::Query => encoded.push('+'),
            byte if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                encoded.push(char::from(byte));
            }
            byte => push_escape(&mut encoded, byte),
        }
    }
    encoded
}

/// Undoes escapes. A percent sign that begins no escape stays as it is: printers that forget to
/// encode it are met in the field, and `%` is a character of set 82.
pub fn percent_decode(text: &str, part: UriPart) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        match (first, escaped_byte(tail)) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                rest = tail.get(2..).unwrap_or_default();
                continue;
            }
            (b'+', _) if part == UriPart::Query => decoded.push(b' '),
            (byte, _) => decoded.push(*byte),
        }
        rest = tail;
    }
    decoded
}

/// Appends `%XX`.
pub(crate) fn push_escape(target: &mut String, byte: u8) {
    const HEXADECIMAL: &[u8; 16] = b"0123456789ABCDEF";
    target.push('%');
    target.push(char::from(HEXADECIMAL[usize::from(byte >> 4)]));
    target.push(char::from(HEXADECIMAL[usize::from(byte & 15)]));
}

/// The byte that two hexadecimal digits at the start of a text name.
fn escaped_byte(text: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*text.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}
