//! `GET /v1/genesis`: the public anchor that this node runs.

use actix_web::{HttpResponse, web};

use super::ApiState;

/// Answers the anchor as JSON. It is no source of trust for who asks: the trust file is.
pub(super) async fn get_anchor(state: web::Data<ApiState>) -> HttpResponse {
    HttpResponse::Ok().json(state.chain().anchor())
}
