//! The addresses of the manufacturer.

pub(crate) mod batches;
pub(crate) mod cancellations;
pub(crate) mod intents;
pub(crate) mod labels;
pub(crate) mod packing;
pub(crate) mod products;
pub(crate) mod recalls;
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
    batches::create::configure(config);
    batches::import::configure(config);
    batches::list::configure(config);
    batches::serials::configure(config);
    cancellations::create::configure(config);
    intents::show::configure(config);
    labels::show::configure(config);
    packing::create::configure(config);
    packing::plan::configure(config);
    products::create::configure(config);
    products::list::configure(config);
    recalls::create::configure(config);
    receipts::create::configure(config);
    rejections::create::configure(config);
    shipments::create::configure(config);
    shipments::list::configure(config);
    status::show::configure(config);
    stock::show::configure(config);
    units::show::configure(config);
    unpackings::create::configure(config);
}
