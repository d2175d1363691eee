//! The addresses of the pharmacy.

pub(crate) mod bags;
pub(crate) mod dispensings;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    bags::create::configure(config);
    bags::label::configure(config);
    bags::list::configure(config);
    bags::remove::configure(config);
    bags::show::configure(config);
    shared::scans::create::configure(config);
    shared::decommissions::create::configure(config);
    dispensings::create::configure(config);
    dispensings::undo::configure(config);
    shared::exceptions::inbox::configure(config);
    shared::exceptions::answer::configure(config);
    shared::exceptions::list::configure(config);
    shared::exceptions::report::configure(config);
    shared::exceptions::settle::configure(config);
    shared::exceptions::show::configure(config);
    shared::receipts::check::configure(config);
    shared::returns::list::configure(config);
    shared::returns::verify::configure(config);
    shared::intents::show::configure(config);
    shared::locks::create::configure(config);
    shared::drafts::approve::configure(config);
    shared::drafts::decline::configure(config);
    shared::drafts::list::configure(config);
    shared::drafts::show::configure(config);
    shared::epcis::capture::configure(config);
    shared::epcis::list::configure(config);
    shared::epcis::options::configure(config);
    shared::epcis::show::configure(config);
    shared::jobs::follow::configure(config);
    shared::jobs::show::configure(config);
    shared::receipts::create::configure(config);
    shared::rejections::create::configure(config);
    shared::cancellations::create::configure(config);
    shared::shipments::create::configure(config);
    shared::shipments::list::configure(config);
    shared::status::show::configure(config);
    shared::stock::show::configure(config);
    shared::units::show::configure(config);
    shared::unlocks::create::configure(config);
    shared::unpackings::create::configure(config);
}
