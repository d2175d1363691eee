//! `POST /api/v1/webhooks`: makes a webhook.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::body::Body;
use theriac_http::call::{AdminCall, respond};
use theriac_http::description::AdminProblems;
use theriac_http::problem::Problem;
use theriac_records::repository::news::NewsKind;
use utoipa::ToSchema;

use super::list::{WebhookAnswer, webhook_answer};
use crate::webhook::{NewWebhook, Webhooks};

/// Of what a webhook is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NewsKindBody {
    /// An intent of the service is final or rejected.
    IntentSettled,
    /// A shipment to the account was opened.
    ShipmentInbound,
    /// A shipment from or to the account was received, refused or cancelled.
    ShipmentEnded,
    /// A batch was recalled.
    BatchRecalled,
    /// A long job of the service has ended.
    JobEnded,
    /// An exception of a delivery was opened, written about, or ended.
    ExceptionChanged,
    /// A request waits for a second person.
    DraftWaiting,
    /// A draft was approved or declined.
    DraftDecided,
}

impl From<NewsKindBody> for NewsKind {
    fn from(kind: NewsKindBody) -> Self {
        match kind {
            NewsKindBody::IntentSettled => Self::IntentSettled,
            NewsKindBody::ShipmentInbound => Self::ShipmentInbound,
            NewsKindBody::ShipmentEnded => Self::ShipmentEnded,
            NewsKindBody::BatchRecalled => Self::BatchRecalled,
            NewsKindBody::JobEnded => Self::JobEnded,
            NewsKindBody::ExceptionChanged => Self::ExceptionChanged,
            NewsKindBody::DraftWaiting => Self::DraftWaiting,
            NewsKindBody::DraftDecided => Self::DraftDecided,
        }
    }
}

impl From<NewsKind> for NewsKindBody {
    fn from(kind: NewsKind) -> Self {
        match kind {
            NewsKind::IntentSettled => Self::IntentSettled,
            NewsKind::ShipmentInbound => Self::ShipmentInbound,
            NewsKind::ShipmentEnded => Self::ShipmentEnded,
            NewsKind::BatchRecalled => Self::BatchRecalled,
            NewsKind::JobEnded => Self::JobEnded,
            NewsKind::ExceptionChanged => Self::ExceptionChanged,
            NewsKind::DraftWaiting => Self::DraftWaiting,
            NewsKind::DraftDecided => Self::DraftDecided,
        }
    }
}

/// A webhook to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookBody {
    /// Where its deliveries are posted.
    #[schema(example = "http://erp.example.org/theriac", max_length = 1_000)]
    pub url: String,
    /// Of what it is told.
    #[schema(min_items = 1, max_items = 16)]
    pub kinds: Vec<NewsKindBody>,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/webhooks", web::post().to(create_webhook));
}

/// Makes a webhook. Its deliveries are signed with a key of its own, whose public half the answer shows.
#[utoipa::path(
    post,
    path = "/api/v1/webhooks",
    operation_id = "create_webhook",
    tag = "webhooks",
    request_body = NewWebhookBody,
    responses(
        (status = 201, description = "Made", body = WebhookAnswer),
        AdminProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn create_webhook(
    webhooks: web::Data<Webhooks>,
    call: AdminCall,
    body: Body<NewWebhookBody>,
) -> Result<HttpResponse, Problem> {
    let kinds: Vec<NewsKind> = body.kinds.iter().map(|kind| (*kind).into()).collect();
    let new = NewWebhook {
        url: &body.url,
        kinds: &kinds,
        created_by: &call.user.name,
    };
    let made = webhooks.add(new).await?;
    call.note.set_meaning(format!("make webhook {}", made.id));
    Ok(respond(201, &webhook_answer(&made)))
}
