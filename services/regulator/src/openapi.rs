//! The description of the interface (OpenAPI).

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::routes::{intents, provenance, recalls, status};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac regulator",
        description = "Where a pack, a lot or a unit is, and everything that happened to it."
    ),
    paths(
        provenance::show_pack::show_pack_provenance,
        provenance::show_lot::show_lot_provenance,
        provenance::show_unit::show_unit_provenance,
        recalls::create::create_recall,
        intents::show::show_intent,
        status::show::show_status,
    ),
    modifiers(&ApiKey),
)]
struct Description;

struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
