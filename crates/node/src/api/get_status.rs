//! `GET /v1/status`: what the node says of itself.

use actix_web::{HttpResponse, web};
use theriac_client::wire::{NodeRole, NodeStatus};

use super::ApiState;

/// Answers height, time, validators, peers, pool and lag.
pub(super) async fn get_status(state: web::Data<ApiState>) -> HttpResponse {
    let parent = state.chain().parent();
    let surroundings = &state.setup.surroundings;
    let role = surroundings.role();
    let pool_transactions = state.pool().watch().borrow().transactions;
    HttpResponse::Ok().json(NodeStatus {
        chain_id: parent.chain_id,
        role,
        key: state.setup.key.filter(|_| role == NodeRole::Validator),
        height: parent.height,
        oldest_block: state.store().view().oldest(),
        time: parent.time,
        block: parent.digest,
        validators: (*state.chain().validators()).clone(),
        peers: surroundings.peers(),
        pool_transactions,
        lag_blocks: surroundings.lag_blocks().unwrap_or(0),
        is_ready: surroundings.reasons_not_ready().is_empty(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}
