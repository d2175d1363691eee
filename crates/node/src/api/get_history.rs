//! `GET /v1/history?gtin=&serial=`: the history of a pack, whole and proved, for those who had a
//! part in it, its maker, and regulators.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_client::wire::HistoryQuery;
use theriac_crypto::PublicKey;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::signed_request::SignedRequest;
use theriac_ledger::identifier::Height;
use theriac_ledger::record::{Account, KeyRecord, Organisation, Record, Role};
use theriac_ledger::state_key::StateKey;
use theriac_proof::history::HistoryBundle;

use super::ApiState;
use super::get_block::not_yet_fetched;
use super::state::blocking;
use crate::history::{self, HistoryError};
use crate::store::{StoreError, View};

/// Histories made at once: each reads as many blocks as it has, and holds at most some megabytes.
const HISTORIES_MAX: usize = 4;

/// Code of the answer to whoever had no part in the pack's history.
const NOT_A_PARTY: &str = "not_a_party";

/// Code of the answer for a history that no bundle can hold.
const TOO_LONG: &str = "history_too_long";

/// What became of a request.
enum Answer {
    Unknown,
    NotAParty,
    TooLong,
    BlocksMissing(Height),
    Body(Vec<u8>),
}

/// The form that is asked for.
#[derive(Clone, Copy)]
enum Form {
    Json,
    Binary,
}

/// Answers JSON, or the canonical bytes where the header `Accept` names them.
pub(super) async fn get_history(
    request: HttpRequest,
    signed: SignedRequest,
    state: web::Data<ApiState>,
    query: web::Query<HistoryQuery>,
) -> Result<HttpResponse, Problem> {
    let Some(_place) = state.histories.take(signed.key) else {
        return Err(Problem::new(
            ProblemCode::Busy,
            "a key asks for one history at a time, and a node makes few at once",
        )
        .with_retry_after_s(1));
    };
    let form = form(&request);
    let query = query.into_inner();
    let store = state.store().clone();
    let answer = blocking(move || answer(&store.view(), &query, &signed.key, form)).await?;
    let media_type = match form {
        Form::Json => "application/json",
        Form::Binary => BINARY_MEDIA_TYPE,
    };
    match answer {
        Answer::Body(body) => Ok(HttpResponse::Ok()
            .content_type(media_type)
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .body(body)),
        Answer::Unknown => Err(Problem::new(
            ProblemCode::NotFound,
            "no pack of this product with this serial number is on record",
        )
        .with_hint("compare product and serial number with the pack")),
        Answer::NotAParty => Err(Problem::new(
            ProblemCode::Forbidden,
            "the history of a pack is for its maker, for who held it or was to receive it, and for regulators",
        )
        .with_rule(NOT_A_PARTY)
        .with_hint("sign with a key of an account that had a part in it, or ask the maker")),
        Answer::BlocksMissing(oldest) => Err(not_yet_fetched(oldest)),
        Answer::TooLong => Err(Problem::new(
            ProblemCode::Rejected(TOO_LONG),
            "the history of this pack is longer than one answer may be",
        )
        .with_hint("read the blocks and records themselves")),
    }
}

fn answer(
    view: &View,
    query: &HistoryQuery,
    key: &PublicKey,
    form: Form,
) -> Result<Answer, StoreError> {
    let bundle = match history::make(view, query.gtin, query.serial) {
        Ok(Some(bundle)) => bundle,
        Ok(None) => return Ok(Answer::Unknown),
        Err(HistoryError::TooLong) => return Ok(Answer::TooLong),
        Err(HistoryError::BlocksMissing { oldest }) => return Ok(Answer::BlocksMissing(oldest)),
        Err(HistoryError::Store(error)) => return Err(error),
    };
    if !may_read(view, key, &bundle)? {
        return Ok(Answer::NotAParty);
    }
    Ok(Answer::Body(match form {
        Form::Binary => bundle.encode(),
        Form::Json => serde_json::to_vec(&bundle).expect("a bundle has text keys only"),
    }))
}

/// Whether the key's account is a regulator's, of the maker's organisation, or had a part in the
/// history itself. Other premises of a party are none.
fn may_read(view: &View, key: &PublicKey, bundle: &HistoryBundle) -> Result<bool, StoreError> {
    let Some(key) = find::<KeyRecord>(view, &StateKey::key(key))? else {
        // A validator that is no member.
        return Ok(false);
    };
    let id = key.private.account;
    if history::parties(bundle).contains(&id) {
        return Ok(true);
    }
    let Some(account) = find::<Account>(view, &StateKey::account(&id))? else {
        return Ok(false);
    };
    let organisation = account.private.organisation;
    if history::maker(bundle) == Some(organisation) {
        return Ok(true);
    }
    let organisation = find::<Organisation>(view, &StateKey::organisation(&organisation))?;
    Ok(organisation.is_some_and(|organisation| {
        account.private.roles.contains(Role::Regulator)
            && organisation.public.roles.contains(Role::Regulator)
    }))
}

fn find<R: Record>(view: &View, key: &StateKey) -> Result<Option<R>, StoreError> {
    let record = view.find_record(key)?;
    let record = record.map(|record| R::load(&record)).transpose();
    record.map_err(|error| StoreError::corrupt("record", error))
}

fn form(request: &HttpRequest) -> Form {
    let accepted = request.headers().get(header::ACCEPT);
    let mut types = accepted
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .split(',')
        .filter_map(|part| part.split(';').next());
    if types.any(|name| name.trim() == BINARY_MEDIA_TYPE) {
        Form::Binary
    } else {
        Form::Json
    }
}

/// Places for histories that are being made: few in all, one for each key. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct HistoryPlaces(Arc<Mutex<BTreeSet<PublicKey>>>);

/// A place; free again when dropped.
struct HistoryPlace {
    places: HistoryPlaces,
    key: PublicKey,
}

impl HistoryPlaces {
    fn take(&self, key: PublicKey) -> Option<HistoryPlace> {
        let mut taken = self.taken();
        if taken.len() >= HISTORIES_MAX || !taken.insert(key) {
            return None;
        }
        Some(HistoryPlace {
            places: self.clone(),
            key,
        })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeSet<PublicKey>> {
        // Each change is one call.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for HistoryPlace {
    fn drop(&mut self) {
        self.places.taken().remove(&self.key);
    }
}

#[cfg(test)]
mod tests {
    use theriac_crypto::SigningKey;

    use super::*;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public_key()
    }

    #[test]
    fn a_key_has_one_history_made_at_a_time_and_all_keys_together_few() {
        let places = HistoryPlaces::default();
        let first = places.take(key(0)).unwrap();
        assert!(places.take(key(0)).is_none());
        let others: Vec<_> = (1..4).map(|seed| places.take(key(seed)).unwrap()).collect();
        assert_eq!(others.len() + 1, HISTORIES_MAX);
        assert!(places.take(key(9)).is_none());
        drop(first);
        assert!(places.take(key(9)).is_some());
    }
}
