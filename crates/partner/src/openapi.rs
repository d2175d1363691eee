//! The part of the interface's description that every trading partner's service has.

use theriac_http::description::{CallerSchemes, Refusals};
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

#[derive(OpenApi)]
#[openapi(
    paths(
        routes::cancellations::create::create_cancellation,
        routes::decommissions::create::create_decommission,
        routes::drafts::approve::approve_draft,
        routes::drafts::decline::decline_draft,
        routes::drafts::list::list_all_drafts,
        routes::drafts::show::show_draft,
        routes::epcis::capture::capture_events,
        routes::epcis::list::list_capture_jobs,
        routes::epcis::options::discover_capture,
        routes::epcis::options::discover_capture_job,
        routes::epcis::show::show_capture,
        routes::exceptions::answer::answer_exception,
        routes::exceptions::inbox::take_message,
        routes::exceptions::list::list_exceptions,
        routes::exceptions::report::report_exception,
        routes::exceptions::settle::settle_exception,
        routes::exceptions::show::show_exception,
        routes::intents::show::show_intent,
        routes::jobs::follow::follow_job,
        routes::jobs::show::show_job,
        routes::locks::create::create_lock,
        routes::receipts::check::check_receipt,
        routes::receipts::create::create_receipt,
        routes::rejections::create::create_rejection,
        routes::returns::list::list_returns,
        routes::returns::verify::verify_return,
        routes::shipments::create::create_shipment,
        routes::shipments::list::list_shipments,
        routes::status::show::show_status,
        routes::stock::show::show_stock,
        routes::units::show::show_unit,
        routes::unlocks::create::create_unlock,
        routes::unpackings::create::create_unpacking,
    ),
    components(schemas(routes::drafts::list::DraftStateWord))
)]
struct Custody;

/// A service's own description, with what every service whose account may hold medicine has besides, and
/// what every service has.
pub fn with_custody(
    mut own: utoipa::openapi::OpenApi,
    cookie: &'static str,
) -> utoipa::openapi::OpenApi {
    own.merge(Custody::openapi());
    with_people(own, cookie)
}

/// A service's own description, with what every service has besides: people, keys, the audit trail.
/// `cookie` is the name of its session's cookie, `theriac_` and the service's name.
pub fn with_people(
    mut own: utoipa::openapi::OpenApi,
    cookie: &'static str,
) -> utoipa::openapi::OpenApi {
    own.merge(People::openapi());
    CallerSchemes { cookie }.modify(&mut own);
    Refusals.modify(&mut own);
    own
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_http::description::operations;

    #[test]
    fn what_several_services_have_is_described() {
        assert_eq!(operations(&People::openapi()).count(), 19);
        assert_eq!(operations(&Custody::openapi()).count(), 31);
    }
}
