use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const NOW_MS: u64 = 1_800_000_000_000;

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32])
}

fn chain() -> Digest {
    Digest([1; 32])
}

fn request() -> RequestToSign<'static> {
    RequestToSign {
        method: "POST",
        path_and_query: "/transactions?wait=final",
        body: b"body",
        time_ms: NOW_MS,
        nonce: [9; 16],
    }
}

fn received() -> ReceivedRequest<'static> {
    ReceivedRequest {
        method: "POST",
        path_and_query: "/transactions?wait=final",
        body: b"body",
    }
}

fn check(
    headers: &SignedHeaders,
    request: &ReceivedRequest<'_>,
    now_ms: u64,
    chain_id: &Digest,
) -> Result<PublicKey, VerifyError> {
    let values: BTreeMap<_, _> = headers.to_pairs().into_iter().collect();
    verify(
        |name| values.get(name).map(String::as_bytes),
        request,
        now_ms,
        chain_id,
    )
    .map(|headers| headers.key)
}

#[test]
fn honest_request_names_its_signer() {
    let headers = request().sign(&key(), &chain());
    assert_eq!(
        check(&headers, &received(), NOW_MS, &chain()),
        Ok(key().public_key())
    );
}

#[test]
fn digest_is_the_documented_layout() {
    let public = key().public_key();
    let mut bytes = vec![1; 32];
    bytes.extend(public.as_bytes());
    bytes.extend(4_u32.to_le_bytes());
    bytes.extend(b"POST");
    bytes.extend(24_u32.to_le_bytes());
    bytes.extend(b"/transactions?wait=final");
    bytes.extend(digest("request-body", b"body").as_bytes());
    bytes.extend(NOW_MS.to_le_bytes());
    bytes.extend([9; 16]);
    assert_eq!(
        request().digest(&public, &chain()),
        digest("request", &bytes)
    );
}

#[test]
fn any_changed_part_is_refused() {
    let headers = request().sign(&key(), &chain());
    let honest = received();
    let changed = [
        ReceivedRequest {
            method: "PUT",
            ..honest
        },
        ReceivedRequest {
            path_and_query: "/transactions",
            ..honest
        },
        ReceivedRequest {
            body: b"bodz",
            ..honest
        },
    ];
    for request in changed {
        assert_eq!(
            check(&headers, &request, NOW_MS, &chain()),
            Err(VerifyError::Signature)
        );
    }
    let altered = [
        SignedHeaders {
            nonce: [8; 16],
            ..headers.clone()
        },
        SignedHeaders {
            time_ms: NOW_MS + 1,
            ..headers.clone()
        },
        SignedHeaders {
            key: SigningKey::from_seed(&[8; 32]).public_key(),
            ..headers.clone()
        },
    ];
    for headers in altered {
        assert_eq!(
            check(&headers, &honest, NOW_MS, &chain()),
            Err(VerifyError::Signature)
        );
    }
}

#[test]
fn request_for_another_chain_is_refused() {
    let headers = request().sign(&key(), &Digest([2; 32]));
    assert_eq!(
        check(&headers, &received(), NOW_MS, &chain()),
        Err(VerifyError::Signature)
    );
}

#[test]
fn time_counts_for_a_minute_either_way() {
    let headers = request().sign(&key(), &chain());
    for now_ms in [NOW_MS - WINDOW_MS, NOW_MS + WINDOW_MS] {
        assert!(check(&headers, &received(), now_ms, &chain()).is_ok());
    }
    for now_ms in [0, NOW_MS - WINDOW_MS - 1, NOW_MS + WINDOW_MS + 1, u64::MAX] {
        assert!(matches!(
            check(&headers, &received(), now_ms, &chain()),
            Err(VerifyError::OutsideWindow { .. })
        ));
    }
}

#[test]
fn overlong_path_is_refused_before_it_is_hashed() {
    let headers = request().sign(&key(), &chain());
    let path = "x".repeat(PATH_BYTES_MAX + 1);
    let request = ReceivedRequest {
        path_and_query: &path,
        ..received()
    };
    assert!(matches!(
        check(&headers, &request, NOW_MS, &chain()),
        Err(VerifyError::PathTooLong { .. })
    ));
}

#[test]
fn malformed_header_is_named() {
    let good: BTreeMap<_, _> = request()
        .sign(&key(), &chain())
        .to_pairs()
        .into_iter()
        .collect();
    for name in [KEY_HEADER, TIME_HEADER, NONCE_HEADER, SIGNATURE_HEADER] {
        for bad in [None, Some(""), Some("+1"), Some("zz"), Some("\u{e9}")] {
            let error = verify(
                |wanted| match (wanted == name, bad) {
                    (true, bad) => bad.map(str::as_bytes),
                    (false, _) => good.get(wanted).map(String::as_bytes),
                },
                &received(),
                NOW_MS,
                &chain(),
            )
            .unwrap_err();
            assert!(error.to_string().contains(name), "{error}");
        }
    }
}

proptest! {
    #[test]
    fn any_header_values_are_answered(
        values in proptest::collection::vec(
            proptest::option::of(prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..200),
                "[0-9a-f]{32}".prop_map(String::into_bytes),
                "[0-9a-f]{64}".prop_map(String::into_bytes),
                "[0-9a-f]{128}".prop_map(String::into_bytes),
                "[0-9]{1,22}".prop_map(String::into_bytes),
            ]),
            4,
        ),
        now_ms in any::<u64>(),
    ) {
        let names = [KEY_HEADER, TIME_HEADER, NONCE_HEADER, SIGNATURE_HEADER];
        let header = |wanted: &str| {
            let index = names.iter().position(|name| *name == wanted)?;
            values[index].as_deref()
        };
        prop_assert!(verify(header, &received(), now_ms, &chain()).is_err());
    }

    #[test]
    fn well_formed_headers_read_back(time_ms in any::<u64>(), nonce in any::<[u8; 16]>()) {
        let signed = RequestToSign { time_ms, nonce, ..request() }.sign(&key(), &chain());
        let values: BTreeMap<_, _> = signed.to_pairs().into_iter().collect();
        let read = parse_headers(|name| values.get(name).map(String::as_bytes));
        prop_assert_eq!(read, Ok(signed));
    }
}
