//! The addresses of the regulator's service.

pub(crate) mod intents;
pub(crate) mod provenance;
pub(crate) mod recalls;
pub(crate) mod status;

use actix_web::web::ServiceConfig;

/// Routes that need only the read model.
pub(crate) fn configure_reading(config: &mut ServiceConfig) {
    provenance::show_pack::configure(config);
    provenance::show_lot::configure(config);
    provenance::show_unit::configure(config);
}

/// Routes that need the account's key.
pub(crate) fn configure_acting(config: &mut ServiceConfig) {
    recalls::create::configure(config);
    intents::show::configure(config);
    status::show::configure(config);
}
