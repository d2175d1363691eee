//! The part of the interface's description that every trading partner's service has.

use theriac_http::description::CallerSchemes;
use utoipa::{Modify as _, OpenApi};

use crate::routes;

#[derive(OpenApi)]
#[openapi(paths(
    routes::api_keys::create::create_api_key,
    routes::api_keys::list::list_api_keys,
    routes::api_keys::revoke::revoke_api_key,
    routes::audit::list::list_audit,
    routes::events::stream::stream_events,
    routes::sessions::create::create_session,
    routes::sessions::end::end_current_session,
    routes::sessions::password::change_own_password,
    routes::sessions::pin::set_own_pin,
    routes::sessions::show::show_current_session,
    routes::sessions::switch::switch_current_session,
    routes::users::create::create_user,
    routes::users::list::list_users,
    routes::users::update::update_user,
    routes::webhooks::create::create_webhook,
    routes::webhooks::deliveries::list_deliveries,
    routes::webhooks::list::list_webhooks,
    routes::webhooks::remove::remove_webhook,
    routes::webhooks::replay::replay_delivery,
))]
struct People;

/// A service's own description, with what every service has besides: people, keys, the audit trail.
/// `cookie` is the name of its session's cookie, `theriac_` and the service's name.
pub fn with_people(
    mut own: utoipa::openapi::OpenApi,
    cookie: &'static str,
) -> utoipa::openapi::OpenApi {
    own.merge(People::openapi());
    CallerSchemes { cookie }.modify(&mut own);
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_http::description::operations;

    #[test]
    fn what_every_service_has_is_described() {
        assert_eq!(operations(&People::openapi()).count(), 19);
    }
}
