//! The addresses of the verifier.

pub(crate) mod genesis;
pub(crate) mod misbehaviour;
pub(crate) mod page;
pub(crate) mod patient;
pub(crate) mod verification;

use actix_web::web::ServiceConfig;

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    verification::create::configure(config);
    patient::show::configure(config);
    page::show::configure(config);
    genesis::show::configure(config);
    misbehaviour::list::configure(config);
}
