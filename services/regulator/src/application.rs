//! Putting the service together.

use actix_web::web;
use theriac_partner::application::{self, Application};
use theriac_partner::config::Config;
use theriac_partner::service::{Service, ServiceError};

use crate::openapi::openapi;
use crate::routes;
use crate::state::ReadModel;

/// Starts the service: it listens when this returns, and ends at SIGINT and SIGTERM.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start(config: Config) -> Result<Application, ServiceError> {
    let routes = |service: &Service| {
        let model = web::Data::new(ReadModel {
            database: service.desk().database.clone(),
        });
        move |routing: &mut web::ServiceConfig| {
            routing.app_data(model.clone());
            routes::configure(routing);
        }
    };
    application::start("regulator", config, openapi(), routes).await
}
