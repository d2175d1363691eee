//! The addresses of the distributor.

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    shared::configure_custody(config);
    shared::picks::create::configure(config);
    shared::repackings::create::configure(config);
    shared::labels::sheet::configure(config);
    shared::labels::show::configure(config);
    shared::packing::create::configure(config);
    shared::scans::create::configure(config);
}
