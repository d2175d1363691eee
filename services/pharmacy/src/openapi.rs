//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use theriac_partner::openapi::with_people;
use theriac_partner::routes as shared;
use utoipa::OpenApi;

use crate::routes::{bags, dispensings};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac pharmacy",
        description = "Receives, dispenses, undoes within ten days, and quarantines."
    ),
    paths(
        bags::create::create_bag,
        bags::label::show_bag_label,
        bags::list::list_bags,
        bags::remove::remove_bag,
        bags::show::show_bag,
        shared::scans::create::create_scans,
        shared::decommissions::create::create_decommission,
        dispensings::create::create_dispensing,
        dispensings::undo::undo_dispensing,
        shared::exceptions::answer::answer_exception,
        shared::exceptions::inbox::take_message,
        shared::exceptions::list::list_exceptions,
        shared::exceptions::report::report_exception,
        shared::exceptions::settle::settle_exception,
        shared::exceptions::show::show_exception,
        shared::receipts::check::check_receipt,
        shared::returns::list::list_returns,
        shared::returns::verify::verify_return,
        shared::intents::show::show_intent,
        shared::locks::create::create_lock,
        shared::drafts::approve::approve_draft,
        shared::drafts::decline::decline_draft,
        shared::drafts::list::list_all_drafts,
        shared::drafts::show::show_draft,
        shared::epcis::capture::capture_events,
        shared::epcis::list::list_capture_jobs,
        shared::epcis::options::discover_capture,
        shared::epcis::options::discover_capture_job,
        shared::epcis::show::show_capture,
        shared::jobs::follow::follow_job,
        shared::jobs::show::show_job,
        shared::receipts::create::create_receipt,
        shared::rejections::create::create_rejection,
        shared::cancellations::create::create_cancellation,
        shared::shipments::create::create_shipment,
        shared::shipments::list::list_shipments,
        shared::status::show::show_status,
        shared::stock::show::show_stock,
        shared::units::show::show_unit,
        shared::unlocks::create::create_unlock,
        shared::unpackings::create::create_unpacking,
    ),
    components(schemas(DryRunAnswer, ProblemBody, RowError))
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_people(Description::openapi(), "theriac_pharmacy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_described() {
        let description = Description::openapi();
        let operations: usize = description
            .paths
            .paths
            .values()
            .map(|item| usize::from(item.get.is_some()) + usize::from(item.post.is_some()))
            .sum();
        assert_eq!(operations, 39);
    }
}
