//! The addresses that several services have: one file an endpoint.

pub mod api_keys;
pub mod audit;
pub mod cancellations;
pub mod decommissions;
pub mod drafts;
pub mod epcis;
pub mod events;
pub mod exceptions;
pub mod intents;
pub mod jobs;
pub mod labels;
pub mod locks;
pub mod packing;
pub mod picks;
pub mod recalls;
pub mod receipts;
pub mod rejections;
pub mod repackings;
pub mod returns;
pub mod scans;
pub mod sessions;
pub mod shipments;
pub mod status;
pub mod stock;
pub mod units;
pub mod unlocks;
pub mod unpackings;
pub mod users;
pub mod webhooks;

use actix_web::web::ServiceConfig;

/// Adds the routes that every service has: people, keys, the audit trail, news.
pub(crate) fn configure_people(config: &mut ServiceConfig) {
    api_keys::create::configure(config);
    api_keys::list::configure(config);
    api_keys::revoke::configure(config);
    audit::list::configure(config);
    events::stream::configure(config);
    sessions::create::configure(config);
    sessions::end::configure(config);
    sessions::password::configure(config);
    sessions::pin::configure(config);
    sessions::show::configure(config);
    sessions::switch::configure(config);
    users::create::configure(config);
    users::list::configure(config);
    users::update::configure(config);
    webhooks::create::configure(config);
    webhooks::deliveries::configure(config);
    webhooks::list::configure(config);
    webhooks::remove::configure(config);
    webhooks::replay::configure(config);
}
