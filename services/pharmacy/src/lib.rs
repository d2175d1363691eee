//! The pharmacy: receives, dispenses, undoes, quarantines.
//!
//! Invariants:
//! - **whatever is accepted is stored before it is sent**: a node that is down loses nothing;
//! - nothing about a patient is asked, stored or sent;
//! - handlers hold no rules: requests are read and planned by `theriac_partner`, and judged by the
//!   ledger.
//!
//! Entry points: [`start()`], [`openapi()`].

mod application;
mod openapi;
mod routes;

pub use application::start;
pub use openapi::openapi;
pub use theriac_partner::config::Config;
pub use theriac_partner::service::ServiceError as StartError;
