//! The description of the interface (OpenAPI).

use theriac_http::description::{ApiKeyScheme, Refusals};
use utoipa::OpenApi;

use crate::answer::{
    CodeBody, DisputeBody, DisputedEventBody, HolderBody, ProductBody, RecallBody, VerifyAnswer,
};
use crate::routes::{genesis, misbehaviour, patient, verification};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac verifier",
        description = "Answers whether a pack may be dispensed. Open to everybody; an API key gives reasons."
    ),
    paths(
        verification::create::create_verification,
        patient::show::show_pack,
        patient::show::show_unit,
        genesis::show::show_genesis,
        misbehaviour::list::list_misbehaviour,
    ),
    components(schemas(
        VerifyAnswer,
        CodeBody,
        ProductBody,
        RecallBody,
        HolderBody,
        DisputeBody,
        DisputedEventBody,
        verification::create::VerifyRequest,
        theriac_http::problem::ProblemBody,
        theriac_http::problem::RowError,
    )),
    modifiers(&ApiKeyScheme, &Refusals),
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
