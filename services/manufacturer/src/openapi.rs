//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::routes::{
    batches, cancellations, intents, labels, packing, products, recalls, receipts, rejections,
    shipments, status, stock, units, unpackings,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Theriac manufacturer", description = "Registers products and batches, packs, ships, recalls, and prints labels."),
    paths(
        batches::create::create_batch,
        batches::import::import_batch,
        batches::list::list_batches,
        batches::serials::list_serials,
        cancellations::create::create_cancellation,
        intents::show::show_intent,
        labels::show::show_label,
        packing::create::create_packing,
        packing::plan::plan_packing,
        products::create::create_product,
        products::list::list_products,
        recalls::create::create_recall,
        receipts::create::create_receipt,
        rejections::create::create_rejection,
        shipments::create::create_shipment,
        shipments::list::list_shipments,
        status::show::show_status,
        stock::show::show_stock,
        units::show::show_unit,
        unpackings::create::create_unpacking,
    ),
    components(schemas(DryRunAnswer, ProblemBody, RowError)),
    modifiers(&ApiKey),
)]
struct Description;

struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// The description of the interface.
pub fn openapi() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_is_described() {
        let description = openapi();
        let operations: usize = description
            .paths
            .paths
            .values()
            .map(|item| usize::from(item.get.is_some()) + usize::from(item.post.is_some()))
            .sum();
        assert_eq!(operations, 20);
    }
}
