//! The addresses of the pharmacy.

pub(crate) mod decommissions;
pub(crate) mod dispensings;
pub(crate) mod intents;
pub(crate) mod locks;
pub(crate) mod receipts;
pub(crate) mod rejections;
pub(crate) mod shipments;
pub(crate) mod status;
pub(crate) mod stock;
pub(crate) mod units;
pub(crate) mod unlocks;
pub(crate) mod unpackings;

use actix_web::web::ServiceConfig;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    decommissions::create::configure(config);
    dispensings::create::configure(config);
    dispensings::undo::configure(config);
    intents::show::configure(config);
    locks::create::configure(config);
    receipts::create::configure(config);
    rejections::create::configure(config);
    shipments::list::configure(config);
    status::show::configure(config);
    stock::show::configure(config);
    units::show::configure(config);
    unlocks::create::configure(config);
    unpackings::create::configure(config);
}
