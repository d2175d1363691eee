//! `/healthz`, `/readyz` and `/version`: is it alive, can it do its work, what is it.

use std::fmt::Debug;
use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Says whether a program can do its work now.
pub trait Readiness: Debug + Send + Sync {
    /// Why it cannot: one sentence each, empty when it can. Called on every probe, so it must be
    /// cheap; it must not say anything internal, for anybody may ask.
    fn reasons_not_ready(&self) -> Vec<String>;
}

/// A program that is ready as soon as it listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlwaysReady;

impl Readiness for AlwaysReady {
    fn reasons_not_ready(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The answer of `/readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadinessReport {
    /// Whether requests are served.
    pub ready: bool,
    /// Why not.
    pub reasons: Vec<String>,
}

/// The answer of `/version`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Version {
    /// Which program: `node`, `manufacturer`.
    #[schema(example = "node")]
    pub program: String,
    /// Its version.
    #[schema(example = "0.1.0")]
    pub version: String,
}

pub(crate) async fn get_healthz() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({ "status": "alive" }))
}

pub(crate) async fn get_readyz(readiness: web::Data<Arc<dyn Readiness>>) -> HttpResponse {
    let reasons = readiness.reasons_not_ready();
    let ready = reasons.is_empty();
    let mut response = if ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    response.json(ReadinessReport { ready, reasons })
}

pub(crate) async fn get_version(version: web::Data<Version>) -> HttpResponse {
    HttpResponse::Ok().json(version.get_ref())
}
