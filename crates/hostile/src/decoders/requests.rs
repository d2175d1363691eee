//! Requests over HTTP: their signatures, their bodies, and the names in their addresses.

use theriac_client::{NodeUrl, RecordName};
use theriac_crypto::{Digest, SigningKey, digest};
use theriac_http::idempotency::IdempotencyKey;
use theriac_http::signed_request::{
    KEY_HEADER, NONCE_HEADER, ReceivedRequest, RequestToSign, SIGNATURE_HEADER, SignedHeaders,
    TIME_HEADER, verify,
};
use theriac_partner::selection::SelectionBody;

/// The clock of every check.
pub(crate) const NOW_MS: u64 = 1_767_225_600_000;

/// A request that the seeds sign.
pub(crate) fn known() -> (Digest, SignedHeaders, ReceivedRequest<'static>) {
    let chain = digest("hostile", b"chain");
    let request = ReceivedRequest {
        method: "POST",
        path_and_query: "/v1/transactions?wait=final",
        body: b"\x00\x01\x02\xff",
    };
    let signed = RequestToSign {
        method: request.method,
        path_and_query: request.path_and_query,
        body: request.body,
        time_ms: NOW_MS,
        nonce: [5; 16],
    };
    let headers = signed.sign(&SigningKey::from_seed(&[2; 32]), &chain);
    (chain, headers, request)
}

/// Lines: the four headers, then method and path, then the body. Only the known request passes.
pub(crate) fn signed(bytes: &[u8]) {
    let mut lines = bytes.splitn(7, |byte| *byte == b'\n');
    let mut line = || lines.next();
    let values = [line(), line(), line(), line()];
    let names = [KEY_HEADER, TIME_HEADER, NONCE_HEADER, SIGNATURE_HEADER];
    let header = |name: &str| {
        let at = names.iter().position(|known| *known == name)?;
        values[at]
    };
    let text = |line: Option<&[u8]>| String::from_utf8_lossy(line.unwrap_or_default()).into_owned();
    let (method, path) = (text(line()), text(line()));
    let body = line().unwrap_or_default();
    let request = ReceivedRequest {
        method: &method,
        path_and_query: &path,
        body,
    };
    let (chain, known, of_known) = known();
    if let Ok(headers) = verify(header, &request, NOW_MS, &chain) {
        assert_eq!(headers, known, "nobody signed this");
        assert_eq!(method, of_known.method);
        assert_eq!(path, of_known.path_and_query);
        assert_eq!(body, of_known.body);
    }
}

/// A body that names packs and units, and names as they stand in addresses and headers.
pub(crate) fn body(bytes: &[u8]) {
    if let Ok(body) = serde_json::from_slice::<SelectionBody>(bytes)
        && let Ok(selection) = body.read(2026)
    {
        assert!(!selection.is_empty());
        assert!(selection.units.windows(2).all(|pair| pair[0] < pair[1]));
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(key) = IdempotencyKey::parse(text) {
        assert_eq!(key.as_str(), text);
    }
    if let Ok(url) = NodeUrl::parse(text) {
        assert_eq!(NodeUrl::parse(&url.to_string()), Ok(url));
    }
    if let Some((kind, key)) = text.split_once('/')
        && let Ok(name) = RecordName::parse(kind, key)
    {
        assert!(name.path().starts_with("/v1/records/"));
        let _ = name.state_key();
    }
}
