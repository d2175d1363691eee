//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use theriac_partner::openapi::with_custody;
use theriac_partner::routes as shared;
use utoipa::OpenApi;

use crate::routes::{batches, packing, products};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Theriac manufacturer",
        description = "Registers products and batches, packs, ships, recalls, and prints labels."
    ),
    paths(
        batches::create::create_batch,
        batches::import::import_batch,
        batches::list::list_batches,
        batches::serials::list_serials,
        shared::picks::create::create_pick,
        shared::repackings::create::create_repacking,
        shared::labels::sheet::create_label_sheet,
        shared::labels::show::show_label,
        shared::packing::create::create_packing,
        packing::plan::plan_packing,
        products::create::create_product,
        products::list::list_products,
        shared::recalls::create::create_recall,
        shared::recalls::show::show_recall,
    ),
    components(schemas(DryRunAnswer, ProblemBody, RowError))
)]
struct Description;

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    with_custody(Description::openapi(), "theriac_manufacturer")
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
        assert_eq!(operations, 14);
    }
}
