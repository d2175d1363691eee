//! The node's HTTP interface, under `/v1`. One file per endpoint.
//!
//! Open: headers, certificates, changes of the consortium and of the validators, the anchor, public halves and proofs, evidence against validators,
//! status, submissions (they carry a signature of their own). Signed by a registered key: blocks,
//! the stream, snapshots, private halves; by one with a part in it: the history of a pack. Signed by a
//! validator: transactions between nodes.

mod admission;
mod change_answer;
mod get_anchor;
mod get_block;
mod get_change;
mod get_header;
mod get_history;
mod get_record;
mod get_snapshot;
mod get_status;
mod get_stream;
mod get_transaction;
mod known_keys;
mod list_blocks;
mod list_changes;
mod list_misbehaviour;
mod list_validator_steps;
mod places;
mod recent;
mod relay;
mod state;
mod submit_peer_transactions;
mod submit_transaction;
mod transaction_answer;

use std::sync::Arc;

use actix_web::web::{self, ServiceConfig};
use theriac_client::wire::PEER_TRANSACTIONS_BYTES_MAX;
use theriac_http::signed_request::{KnownKeys, RequestVerifier};
use theriac_ledger::constants::TRANSACTION_BYTES_MAX;

use crate::chain::Chain;

pub use state::{ApiSetup, ApiState, Surroundings};

/// The keys whose signed requests count: registered, active, for requests, custody or votes.
pub fn known_keys(chain: Arc<Chain>) -> Arc<dyn KnownKeys> {
    Arc::new(known_keys::ChainKeys(chain))
}

/// Adds every endpoint to an application.
pub fn configure(
    state: &web::Data<ApiState>,
    verifier: &web::Data<RequestVerifier>,
    config: &mut ServiceConfig,
) {
    config
        .app_data(state.clone())
        .app_data(verifier.clone())
        .service(
            web::resource("/v1/transactions")
                .app_data(web::PayloadConfig::new(TRANSACTION_BYTES_MAX))
                .route(web::post().to(submit_transaction::submit_transaction)),
        )
        .service(
            web::resource("/v1/peer/transactions")
                .app_data(web::PayloadConfig::new(PEER_TRANSACTIONS_BYTES_MAX))
                .route(web::post().to(submit_peer_transactions::submit_peer_transactions)),
        )
        .route(
            "/v1/transactions/{id}",
            web::get().to(get_transaction::get_transaction),
        )
        .route("/v1/blocks", web::get().to(list_blocks::list_blocks))
        .route("/v1/blocks/{height}", web::get().to(get_block::get_block))
        .route("/v1/stream", web::get().to(get_stream::get_stream))
        .route(
            "/v1/headers/{height}",
            web::get().to(get_header::get_header),
        )
        .route(
            "/v1/records/{kind}/{key}",
            web::get().to(get_record::get_record),
        )
        .route(
            "/v1/misbehaviour",
            web::get().to(list_misbehaviour::list_misbehaviour),
        )
        .route("/v1/changes", web::get().to(list_changes::list_changes))
        .route("/v1/changes/{id}", web::get().to(get_change::get_change))
        .route(
            "/v1/validators/steps",
            web::get().to(list_validator_steps::list_validator_steps),
        )
        .route("/v1/history", web::get().to(get_history::get_history))
        .route("/v1/snapshot", web::get().to(get_snapshot::get_snapshot))
        .route("/v1/genesis", web::get().to(get_anchor::get_anchor))
        .route("/v1/status", web::get().to(get_status::get_status));
}
