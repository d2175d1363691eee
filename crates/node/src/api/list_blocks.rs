//! `GET /v1/blocks?from=&limit=`: a page of final blocks, for members that catch up.

use actix_web::{HttpResponse, web};
use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_client::wire::{
    BLOCK_PAGE_BYTES_MAX, BLOCK_PAGE_MAX, BlockPage, BlocksQuery, FINAL_BLOCK_BYTES_MAX,
};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::signed_request::SignedRequest;
use theriac_ledger::encoding::{BoundedBytes, BoundedList, encode};

use super::ApiState;
use super::get_block::not_yet_fetched;
use super::recent::final_block;
use super::state::blocking;
use crate::store::{Store, StoreError};

/// Room for the counts and lengths of a page.
const PAGE_HEAD_BYTES: usize = 4 * 1024;

/// Answers the canonical bytes of a `BlockPage`; an empty one above the last height.
pub(super) async fn list_blocks(
    _signed: SignedRequest,
    state: web::Data<ApiState>,
    query: web::Query<BlocksQuery>,
) -> Result<HttpResponse, Problem> {
    if query.from == 0 || query.limit == Some(0) {
        return Err(Problem::new(
            ProblemCode::InvalidQuery,
            "from and limit must be at least 1: the first block has height 1",
        ));
    }
    let store = state.store().clone();
    let query = query.into_inner();
    let oldest = store.view().oldest();
    if query.from < oldest {
        return Err(not_yet_fetched(oldest));
    }
    let page = blocking(move || page(&store, query)).await?;
    Ok(HttpResponse::Ok()
        .content_type(BINARY_MEDIA_TYPE)
        .body(encode(&page)))
}

fn page(store: &Store, query: BlocksQuery) -> Result<BlockPage, StoreError> {
    let limit = query.limit.unwrap_or(BLOCK_PAGE_MAX).min(BLOCK_PAGE_MAX);
    let mut blocks: Vec<BoundedBytes<FINAL_BLOCK_BYTES_MAX>> = Vec::new();
    let mut room = BLOCK_PAGE_BYTES_MAX - PAGE_HEAD_BYTES;
    let mut height = query.from;
    while blocks.len() < limit
        && let Some(block) = final_block(store, height)?
    {
        let bytes = block.encode();
        let Some(left) = room.checked_sub(bytes.len()) else {
            break;
        };
        room = left;
        blocks.push(BoundedBytes::new(bytes).map_err(|error| StoreError::corrupt("block", error))?);
        height = height.saturating_add(1);
    }
    Ok(BlockPage {
        head: store.committed().height,
        blocks: BoundedList::new(blocks).expect("the limit is at most the bound of the list"),
    })
}
