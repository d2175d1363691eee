//! The description of the interface (OpenAPI).

use theriac_http::problem::{ProblemBody, RowError};
use theriac_partner::answer::DryRunAnswer;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

use crate::routes::{
    cancellations, intents, packing, receipts, rejections, shipments, status, stock, units,
    unpackings,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Theriac distributor", description = "Receives, unpacks, packs and ships, and shows what is held."),
    paths(
        cancellations::create::create_cancellation,
        intents::show::show_intent,
        packing::create::create_packing,
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
        assert_eq!(operations, 11);
    }
}
