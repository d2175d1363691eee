//! The addresses of the regulator's service.

pub(crate) mod provenance;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    provenance::show_pack::configure(config);
    provenance::show_lot::configure(config);
    provenance::show_unit::configure(config);
    shared::configure_drafts(config);
    shared::recalls::create::configure(config);
    shared::recalls::show::configure(config);
    shared::intents::show::configure(config);
    shared::status::show::configure(config);
}
