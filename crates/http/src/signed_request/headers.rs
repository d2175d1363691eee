//! The four headers of a signed request, as text.

use data_encoding::HEXLOWER;
use theriac_crypto::{PublicKey, Signature};

/// The signer's public key.
pub const KEY_HEADER: &str = "Theriac-Key";
/// When it was signed, milliseconds since 1970.
pub const TIME_HEADER: &str = "Theriac-Time";
/// Sixteen fresh bytes.
pub const NONCE_HEADER: &str = "Theriac-Nonce";
/// The signature.
pub const SIGNATURE_HEADER: &str = "Theriac-Signature";

/// The longest decimal of a `u64`.
const TIME_DIGITS_MAX: usize = 20;

/// Why the headers cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    /// One of the four is not there.
    #[error("header {name} is missing")]
    Missing {
        /// Which.
        name: &'static str,
    },
    /// One of the four is not of its form.
    #[error("header {name} must be {expected}")]
    Malformed {
        /// Which.
        name: &'static str,
        /// Its form.
        expected: &'static str,
    },
}

/// The values of the four headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedHeaders {
    /// The signer.
    pub key: PublicKey,
    /// When it was signed, milliseconds since 1970.
    pub time_ms: u64,
    /// Sixteen fresh bytes.
    pub nonce: [u8; 16],
    /// The signature.
    pub signature: Signature,
}

impl SignedHeaders {
    /// Names and values, ready for any HTTP client.
    pub fn to_pairs(&self) -> [(&'static str, String); 4] {
        [
            (KEY_HEADER, self.key.to_string()),
            (TIME_HEADER, self.time_ms.to_string()),
            (NONCE_HEADER, HEXLOWER.encode(&self.nonce)),
            (SIGNATURE_HEADER, self.signature.to_string()),
        ]
    }
}

pub(super) fn parse_headers<'h>(
    header: impl Fn(&str) -> Option<&'h [u8]>,
) -> Result<SignedHeaders, HeaderError> {
    let text = |name, expected| {
        let bytes = header(name).ok_or(HeaderError::Missing { name })?;
        std::str::from_utf8(bytes).map_err(|_| HeaderError::Malformed { name, expected })
    };
    Ok(SignedHeaders {
        key: parse(KEY_HEADER, "64 hexadecimal characters", text)?,
        time_ms: parse_time(text)?,
        nonce: parse_nonce(text)?,
        signature: parse(SIGNATURE_HEADER, "128 hexadecimal characters", text)?,
    })
}

fn parse<'h, T: std::str::FromStr>(
    name: &'static str,
    expected: &'static str,
    text: impl Fn(&'static str, &'static str) -> Result<&'h str, HeaderError>,
) -> Result<T, HeaderError> {
    text(name, expected)?
        .parse()
        .map_err(|_| HeaderError::Malformed { name, expected })
}

fn parse_time<'h>(
    text: impl Fn(&'static str, &'static str) -> Result<&'h str, HeaderError>,
) -> Result<u64, HeaderError> {
    let expected = "milliseconds since 1970, decimal digits only";
    let malformed = HeaderError::Malformed {
        name: TIME_HEADER,
        expected,
    };
    let value = text(TIME_HEADER, expected)?;
    // The integer parser also takes a plus sign; one number has one form here.
    if value.len() > TIME_DIGITS_MAX || !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(malformed);
    }
    value.parse().map_err(|_| malformed)
}

fn parse_nonce<'h>(
    text: impl Fn(&'static str, &'static str) -> Result<&'h str, HeaderError>,
) -> Result<[u8; 16], HeaderError> {
    let expected = "32 hexadecimal characters in lower case";
    let malformed = HeaderError::Malformed {
        name: NONCE_HEADER,
        expected,
    };
    let value = text(NONCE_HEADER, expected)?;
    if value.len() != 32 {
        return Err(malformed);
    }
    let mut nonce = [0; 16];
    HEXLOWER
        .decode_mut(value.as_bytes(), &mut nonce)
        .map_err(|_| malformed)?;
    Ok(nonce)
}
