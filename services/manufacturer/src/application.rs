//! Putting the service together.

use actix_web::web;
use theriac_partner::application::{self, Application};
use theriac_partner::service::ServiceError;

use crate::config::Config;
use crate::routes;
use crate::state::LinkBase;

/// Starts the service: it listens when this returns, and ends at SIGINT and SIGTERM.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start(config: Config) -> Result<Application, ServiceError> {
    config.digital_link.check()?;
    let (common, digital_link) = config.split();
    let link_base = web::Data::new(LinkBase(digital_link.base));
    let routes = move |routing: &mut web::ServiceConfig| {
        routing.app_data(link_base.clone());
        routes::configure(routing);
    };
    application::start("manufacturer", common, |_| routes).await
}
