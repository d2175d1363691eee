//! The addresses of the distributor.

pub(crate) mod cancellations;
pub(crate) mod intents;
pub(crate) mod packing;
pub(crate) mod receipts;
pub(crate) mod rejections;
pub(crate) mod shipments;
pub(crate) mod status;
pub(crate) mod stock;
pub(crate) mod units;
pub(crate) mod unpackings;

use actix_web::web::ServiceConfig;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    cancellations::create::configure(config);
    intents::show::configure(config);
    packing::create::configure(config);
    receipts::create::configure(config);
    rejections::create::configure(config);
    shipments::create::configure(config);
    shipments::list::configure(config);
    status::show::configure(config);
    stock::show::configure(config);
    units::show::configure(config);
    unpackings::create::configure(config);
}
