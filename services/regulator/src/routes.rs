//! The addresses of the regulator's service.

pub(crate) mod provenance;
pub(crate) mod status;

use actix_web::web::ServiceConfig;
use theriac_http::api_key::ApiUser;
use theriac_http::problem::Problem;

/// What a key needs for reading.
const READ: &str = "read";

/// Adds every route.
pub(crate) fn configure(config: &mut ServiceConfig) {
    provenance::show_pack::configure(config);
    provenance::show_lot::configure(config);
    provenance::show_unit::configure(config);
    status::show::configure(config);
}

/// Refuses keys without the scope for reading.
fn check_reader(user: &ApiUser) -> Result<(), Problem> {
    user.check_scope(READ)
}
