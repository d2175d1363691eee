//! The addresses of the manufacturer.

pub(crate) mod batches;
pub(crate) mod packing;
pub(crate) mod products;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    batches::create::configure(config);
    batches::import::configure(config);
    batches::list::configure(config);
    batches::serials::configure(config);
    shared::cancellations::create::configure(config);
    shared::exceptions::inbox::configure(config);
    shared::exceptions::answer::configure(config);
    shared::exceptions::list::configure(config);
    shared::exceptions::report::configure(config);
    shared::exceptions::settle::configure(config);
    shared::exceptions::show::configure(config);
    shared::decommissions::create::configure(config);
    shared::locks::create::configure(config);
    shared::unlocks::create::configure(config);
    shared::picks::create::configure(config);
    shared::receipts::check::configure(config);
    shared::repackings::create::configure(config);
    shared::returns::list::configure(config);
    shared::returns::verify::configure(config);
    shared::drafts::approve::configure(config);
    shared::drafts::decline::configure(config);
    shared::drafts::list::configure(config);
    shared::drafts::show::configure(config);
    shared::epcis::capture::configure(config);
    shared::epcis::list::configure(config);
    shared::epcis::options::configure(config);
    shared::epcis::show::configure(config);
    shared::intents::show::configure(config);
    shared::jobs::follow::configure(config);
    shared::jobs::show::configure(config);
    shared::labels::sheet::configure(config);
    shared::labels::show::configure(config);
    shared::packing::create::configure(config);
    packing::plan::configure(config);
    products::create::configure(config);
    products::list::configure(config);
    shared::recalls::create::configure(config);
    shared::recalls::show::configure(config);
    shared::receipts::create::configure(config);
    shared::rejections::create::configure(config);
    shared::shipments::create::configure(config);
    shared::shipments::list::configure(config);
    shared::status::show::configure(config);
    shared::stock::show::configure(config);
    shared::units::show::configure(config);
    shared::unpackings::create::configure(config);
}
