//! The addresses of the pharmacy.

pub(crate) mod bags;
pub(crate) mod dispensings;

use actix_web::web::ServiceConfig;
use theriac_partner::routes as shared;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    shared::configure_custody(config);
    bags::create::configure(config);
    bags::label::configure(config);
    bags::list::configure(config);
    bags::remove::configure(config);
    bags::show::configure(config);
    shared::scans::create::configure(config);
    dispensings::create::configure(config);
    dispensings::undo::configure(config);
}
