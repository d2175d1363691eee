//! What every handler has at hand.

use theriac_partner::service::Service;

/// Shared by all workers.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    /// Key, read model and outbox.
    pub(crate) service: Service,
}
