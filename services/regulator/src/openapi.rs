//! The description of the interface (OpenAPI).

use theriac_partner::openapi::with_people;
use theriac_partner::routes as shared;
use utoipa::OpenApi;

use crate::routes::provenance;

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
        shared::drafts::approve::approve_draft,
        shared::drafts::decline::decline_draft,
        shared::drafts::list::list_all_drafts,
        shared::drafts::show::show_draft,
        shared::recalls::create::create_recall,
        shared::recalls::show::show_recall,
        shared::intents::show::show_intent,
        shared::status::show::show_status,
    ),
    components(schemas(shared::drafts::list::DraftStateWord))
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_people(Description::openapi(), "theriac_regulator")
}
