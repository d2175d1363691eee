//! `GET /api/v1/products`: the organisation's products.

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use theriac_gs1::Gtin;
use theriac_http::call::ReadCall;
use theriac_http::description::ListProblems;
use theriac_http::paging::{self, Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_partner::operation::product::StorageBody;
use theriac_partner::operation::storage_problem;
use theriac_partner::service::Service;
use theriac_records::repository::products::{ProductRecord, page_products};
use utoipa::ToSchema;

/// A product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProductAnswer {
    /// Its GTIN.
    pub(crate) gtin: String,
    /// Name on the pack.
    pub(crate) name: String,
    /// Strength.
    pub(crate) strength: String,
    /// Dosage form.
    pub(crate) form: String,
    /// Doses in a pack.
    pub(crate) pack_size: u32,
    /// Storage temperatures.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) storage: Option<StorageBody>,
    /// Where it may be supplied.
    pub(crate) markets: Vec<String>,
}

/// Products, by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProductsAnswer {
    /// The organisation's own.
    pub(crate) products: Vec<ProductAnswer>,
    /// The cursor of the next page; absent at the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/products", web::get().to(list_products));
}

/// The organisation's products, by name.
#[utoipa::path(
    get,
    path = "/api/v1/products",
    operation_id = "list_products",
    tag = "products",
    params(PageQuery),
    responses(
        (status = 200, description = "Found", body = ProductsAnswer),
        ListProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn list_products(
    service: web::Data<Service>,
    _call: ReadCall,
    request: HttpRequest,
    query: web::Query<PageQuery>,
) -> Result<HttpResponse, Problem> {
    let desk = service.desk();
    let limit = query.limit()?;
    let after: Option<(String, Gtin)> = query.after()?;
    let owner = &desk.organisation;
    let found = page_products(&desk.database, owner, after.as_ref(), limit + 1)
        .await
        .map_err(|error| storage_problem(&error))?;
    let page = Page::of(found, limit, |product| (product.name.clone(), product.gtin));
    let body = ProductsAnswer {
        products: page.items.into_iter().map(answer).collect(),
        next: page.next,
    };
    Ok(paging::answer(&request, &body, body.next.as_deref()))
}

fn answer(product: ProductRecord) -> ProductAnswer {
    ProductAnswer {
        gtin: product.gtin.to_string(),
        name: product.name,
        strength: product.strength,
        form: product.form,
        pack_size: product.pack_size,
        storage: product.storage.map(|range| StorageBody {
            celsius_tenths_min: range.celsius_tenths_min,
            celsius_tenths_max: range.celsius_tenths_max,
        }),
        markets: product.markets.iter().map(ToString::to_string).collect(),
    }
}
