//! `GET /api/v1/webhooks/{id}/deliveries`: what was and is to be sent.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_http::call::AdminCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::{Problem, ProblemBody};
use theriac_records::repository::deliveries::{DeliveryRecord, DeliveryState};
use utoipa::ToSchema;

use crate::webhook::Webhooks;

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveryAnswer {
    /// Its id, the same each time it is sent: a receiver that has seen it may drop it.
    pub id: String,
    /// Of what it tells.
    #[schema(example = "shipment_inbound")]
    pub kind: String,
    /// What is sent, as text.
    pub body: String,
    /// `pending`, `delivered` or `dead`.
    #[schema(example = "delivered")]
    pub state: String,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next, in milliseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_at: Option<u64>,
    /// HTTP status of the receiver's last answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_status: Option<u16>,
    /// What last went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
    /// When it was stored.
    pub created_at: u64,
    /// When it last changed.
    pub updated_at: u64,
}

/// Deliveries, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesAnswer {
    /// This page of them.
    pub deliveries: Vec<DeliveryAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/webhooks/{id}/deliveries",
        web::get().to(list_deliveries),
    );
}

/// What was and is to be sent to a webhook, the newest first. It is kept for thirty days.
#[utoipa::path(
    get,
    path = "/api/v1/webhooks/{id}/deliveries",
    operation_id = "list_deliveries",
    tag = "webhooks",
    params(PageQuery, ("id" = String, Path, description = "The webhook's id")),
    responses(
        (status = 200, description = "Found", body = DeliveriesAnswer),
        (status = 404, description = "No such webhook", body = ProblemBody, content_type = "application/problem+json"),
        ListProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn list_deliveries(
    webhooks: web::Data<Webhooks>,
    _call: AdminCall,
    request: HttpRequest,
    id: web::Path<String>,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let limit = query.limit()?;
    let before: Option<u64> = query.after()?;
    let found = webhooks.deliveries(&id, before, limit + 1).await?;
    let page = Page::of(found, limit, |delivery| delivery.number);
    let body = DeliveriesAnswer {
        deliveries: page.items.into_iter().map(answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

fn answer(delivery: DeliveryRecord) -> DeliveryAnswer {
    let state = match delivery.state {
        DeliveryState::Pending => "pending",
        DeliveryState::Delivered => "delivered",
        DeliveryState::Dead => "dead",
    };
    DeliveryAnswer {
        id: delivery.id,
        kind: delivery.kind,
        body: delivery.body,
        state: state.to_owned(),
        attempts: delivery.attempts,
        next_at: (delivery.state == DeliveryState::Pending).then_some(delivery.next_at.0),
        last_status: delivery.last_status,
        last_error: delivery.last_error,
        created_at: delivery.created_at.0,
        updated_at: delivery.updated_at.0,
    }
}
