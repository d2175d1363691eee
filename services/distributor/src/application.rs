//! Putting the service together.

use theriac_partner::application::{self, Application};
use theriac_partner::config::Config;
use theriac_partner::service::ServiceError;

use crate::openapi::openapi;
use crate::routes;

/// Starts the service: it listens when this returns, and ends at SIGINT and SIGTERM.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start(config: Config) -> Result<Application, ServiceError> {
    application::start("distributor", config, openapi(), |_| routes::configure).await
}
