//! `GET /v1/records/{kind}/{key}`: a record (or its absence) with the proof, for anyone; its
//! private half for members.

use actix_web::dev::Payload;
use actix_web::{FromRequest as _, HttpRequest, HttpResponse, web};
use theriac_client::RecordName;
use theriac_client::wire::{ByteString, HeaderAnswer, PrivateHalf, RecordAnswer, RecordQuery};
use theriac_crypto::digest;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::signed_request::SignedRequest;
use theriac_ledger::encoding::encode;
use theriac_ledger::state_key::StateKey;

use super::ApiState;
use super::state::blocking;
use crate::store::Proved;

/// Answers 200 in both cases: that there is no record is an answer with a proof, too.
pub(super) async fn get_record(
    request: HttpRequest,
    state: web::Data<ApiState>,
    path: web::Path<(String, String)>,
    query: web::Query<RecordQuery>,
) -> Result<HttpResponse, Problem> {
    let (kind, key) = path.into_inner();
    let name = RecordName::parse(&kind, &key)
        .map_err(|error| Problem::new(ProblemCode::InvalidPath, error.to_string()))?;
    if query.private {
        SignedRequest::from_request(&request, &mut Payload::None).await?;
    }
    let state_key = name.state_key();
    let store = state.store().clone();
    let proved = blocking(move || store.prove(&state_key)).await?;
    Ok(HttpResponse::Ok().json(answer(state_key, proved, query.private)))
}

fn answer(state_key: StateKey, proved: Proved, with_private: bool) -> RecordAnswer {
    let head = proved
        .header
        .map(|(header, certificate)| HeaderAnswer::new(header, certificate));
    let proof = ByteString(encode(&proved.proof));
    let Some(record) = proved.record else {
        return RecordAnswer {
            state_key,
            public: None,
            private_digest: None,
            private: None,
            proof,
            head,
        };
    };
    RecordAnswer {
        state_key,
        private_digest: Some(digest("private", &record.private)),
        public: Some(ByteString(record.public)),
        private: with_private.then_some(PrivateHalf {
            bytes: ByteString(record.private),
            attached: ByteString(record.attached),
        }),
        proof,
        head,
    }
}
