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

/// Adds the routes of requests that wait for a second person.
pub fn configure_drafts(config: &mut ServiceConfig) {
    drafts::approve::configure(config);
    drafts::decline::configure(config);
    drafts::list::configure(config);
    drafts::show::configure(config);
}

/// Adds the routes of every service whose account may hold medicine: deliveries and what is wrong with
/// them, stock, units, status, documents, drafts and jobs.
pub fn configure_custody(config: &mut ServiceConfig) {
    cancellations::create::configure(config);
    decommissions::create::configure(config);
    configure_drafts(config);
    epcis::capture::configure(config);
    epcis::list::configure(config);
    epcis::options::configure(config);
    epcis::show::configure(config);
    exceptions::answer::configure(config);
    exceptions::inbox::configure(config);
    exceptions::list::configure(config);
    exceptions::report::configure(config);
    exceptions::settle::configure(config);
    exceptions::show::configure(config);
    intents::show::configure(config);
    jobs::follow::configure(config);
    jobs::show::configure(config);
    locks::create::configure(config);
    receipts::check::configure(config);
    receipts::create::configure(config);
    rejections::create::configure(config);
    returns::list::configure(config);
    returns::verify::configure(config);
    shipments::create::configure(config);
    shipments::list::configure(config);
    status::show::configure(config);
    stock::show::configure(config);
    units::show::configure(config);
    unlocks::create::configure(config);
    unpackings::create::configure(config);
}
