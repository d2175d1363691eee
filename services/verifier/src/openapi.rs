//! The description of the interface (OpenAPI).

use utoipa::Modify;
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

use crate::answer::{CodeBody, HolderBody, ProductBody, RecallBody, VerifyAnswer};
use crate::routes::{patient, verification};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac verifier",
        description = "Answers whether a pack may be dispensed. Open to everybody; an API key gives reasons."
    ),
    paths(
        verification::create::create_verification,
        patient::show::show_pack,
    ),
    components(schemas(
        VerifyAnswer,
        CodeBody,
        ProductBody,
        RecallBody,
        HolderBody,
        verification::create::VerifyRequest,
        theriac_http::problem::ProblemBody,
        theriac_http::problem::RowError,
    )),
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
