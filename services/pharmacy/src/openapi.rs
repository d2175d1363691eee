//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use theriac_partner::openapi::with_custody;
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
        dispensings::create::create_dispensing,
        dispensings::undo::undo_dispensing,
    ),
    components(schemas(DryRunAnswer, ProblemBody, RowError))
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_custody(Description::openapi(), "theriac_pharmacy")
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
        assert_eq!(operations, 8);
    }
}
