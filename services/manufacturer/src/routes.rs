//! The addresses of the manufacturer.

pub(crate) mod batches;
pub(crate) mod packing;
pub(crate) mod products;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    shared::configure_custody(config);
    batches::create::configure(config);
    batches::import::configure(config);
    batches::list::configure(config);
    batches::serials::configure(config);
    shared::picks::create::configure(config);
    shared::repackings::create::configure(config);
    shared::labels::sheet::configure(config);
    shared::labels::show::configure(config);
    shared::packing::create::configure(config);
    packing::plan::configure(config);
    products::create::configure(config);
    products::list::configure(config);
    shared::recalls::create::configure(config);
    shared::recalls::show::configure(config);
}
