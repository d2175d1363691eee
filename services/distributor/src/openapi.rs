//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use theriac_partner::openapi::with_custody;
use theriac_partner::routes as shared;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac distributor",
        description = "Receives, unpacks, packs and ships, and shows what is held."
    ),
    paths(
        shared::picks::create::create_pick,
        shared::repackings::create::create_repacking,
        shared::labels::sheet::create_label_sheet,
        shared::labels::show::show_label,
        shared::packing::create::create_packing,
        shared::scans::create::create_scans,
    ),
    components(schemas(DryRunAnswer, ProblemBody, RowError))
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_custody(Description::openapi(), "theriac_distributor")
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
        assert_eq!(operations, 6);
    }
}
