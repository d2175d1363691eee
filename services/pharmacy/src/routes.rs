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
    shared::intents::show::configure(config);
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
