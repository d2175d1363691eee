//! What handlers have at hand besides the service.

/// Scheme, host and path before the identifiers of links.
#[derive(Clone, Debug)]
pub(crate) struct LinkBase(pub(crate) String);
