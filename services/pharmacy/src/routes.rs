//! The addresses of the pharmacy.

pub(crate) mod decommissions;
pub(crate) mod dispensings;
pub(crate) mod locks;
pub(crate) mod unlocks;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    decommissions::create::configure(config);
    dispensings::create::configure(config);
    dispensings::undo::configure(config);
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
    locks::create::configure(config);
    shared::receipts::create::configure(config);
    shared::rejections::create::configure(config);
    shared::shipments::list::configure(config);
    shared::status::show::configure(config);
    shared::stock::show::configure(config);
    shared::units::show::configure(config);
    unlocks::create::configure(config);
    shared::unpackings::create::configure(config);
}
