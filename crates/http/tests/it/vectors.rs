//! The vectors of what this crate hashes and signs. Each file was computed from
//! docs/ledger-format.md without this code, and is changed by hand only.

use serde::Deserialize;
use theriac_crypto::{Digest, PublicKey, SigningKey, digest};
use theriac_http::api_key;
use theriac_http::call::WriteCall;
use theriac_http::signed_request::{ReceivedRequest, RequestToSign, verify};
use theriac_http::witness::{Note, Origin};

#[derive(Deserialize)]
struct Vectors {
    chain_id: Digest,
    signing_key_seed: Digest,
    key: PublicKey,
    requests: Vec<Request>,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    path_and_query: String,
    body: String,
    time_ms: u64,
    nonce: String,
    body_digest: Digest,
    digest: Digest,
    headers: std::collections::BTreeMap<String, String>,
}

fn unhex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn requests_are_signed_as_in_the_vectors() {
    let vectors: Vectors = serde_json::from_str(include_str!("../vectors/requests.json")).unwrap();
    let key = SigningKey::from_seed(&vectors.signing_key_seed.0);
    assert_eq!(key.public_key(), vectors.key);
    for vector in vectors.requests {
        let body = unhex(&vector.body);
        let request = RequestToSign {
            method: &vector.method,
            path_and_query: &vector.path_and_query,
            body: &body,
            time_ms: vector.time_ms,
            nonce: unhex(&vector.nonce).try_into().unwrap(),
        };
        assert_eq!(digest("request-body", &body), vector.body_digest);
        let signed = request.digest(&vectors.key, &vectors.chain_id);
        assert_eq!(signed, vector.digest, "{}", vector.path_and_query);
        let headers = request.sign(&key, &vectors.chain_id).to_pairs();
        let headers = headers.map(|(name, value)| (name.to_owned(), value));
        assert_eq!(vector.headers, headers.into());
        let received = ReceivedRequest {
            method: &vector.method,
            path_and_query: &vector.path_and_query,
            body: &body,
        };
        let header = |name: &str| vector.headers.get(name).map(String::as_bytes);
        verify(header, &received, vector.time_ms, &vectors.chain_id).unwrap();
    }
}

#[test]
fn api_keys_are_hashed_as_in_the_vectors() {
    #[derive(Deserialize)]
    struct Vector {
        key: String,
        hash: Digest,
    }
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/api_keys.json")).unwrap();
    for vector in vectors {
        assert_eq!(api_key::hash(&vector.key), vector.hash, "{}", vector.key);
    }
}

#[test]
fn requests_to_services_are_compared_as_in_the_vectors() {
    #[derive(Deserialize)]
    struct Vector {
        path: String,
        content: String,
        digest: Digest,
    }
    let vectors: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/service_requests.json")).unwrap();
    for Vector {
        path,
        content,
        digest,
    } in vectors
    {
        let call = WriteCall {
            user: String::new(),
            persons: Vec::new(),
            key: String::new(),
            wait: std::time::Duration::ZERO,
            dry_run: false,
            path,
            origin: Origin {
                who: String::new(),
                address: std::net::Ipv4Addr::LOCALHOST.into(),
                method: "POST".to_owned(),
                route: String::new(),
                request_id: String::new(),
            },
            note: Note::default(),
        };
        assert_eq!(call.digest(&unhex(&content)), digest, "{}", call.path);
    }
}
