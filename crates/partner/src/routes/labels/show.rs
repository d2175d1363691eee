//! `GET /api/v1/labels`: one label, as a picture.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_label::{Carrier, Label, LabelOptions, RenderedLabel};
use utoipa::IntoParams;

use crate::faults::Faults;
use crate::label::describe::{Described, Describing};
use crate::label::request::{Named, read_carrier, read_labelled};
use crate::label::{Labelled, LinkBase};
use crate::service::Service;

/// What to put on a label: a pack (`gtin`, `lot`, `serial`), a batch (`gtin`, `lot`) or a unit
/// (`sscc`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub struct LabelQuery {
    /// The product.
    #[param(required = false)]
    pub gtin: Option<String>,
    /// The batch.
    #[param(required = false)]
    pub lot: Option<String>,
    /// The pack; without it, the label is the same for every pack of the batch.
    #[param(required = false)]
    pub serial: Option<String>,
    /// Last day of use, `YYYY-MM-DD`; that on record where absent.
    #[param(required = false)]
    pub expiry: Option<String>,
    /// A case or pallet, instead of a product.
    #[param(required = false)]
    pub sscc: Option<String>,
    /// `qr` (a GS1 Digital Link) or `datamatrix` (an element string).
    #[param(required = false, default = "qr")]
    pub carrier: Option<String>,
    /// `png` or `svg`.
    #[param(required = false, default = "png")]
    pub format: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/labels", web::get().to(show_label));
}

/// One label as a picture. Its code was read back before it is sent.
#[utoipa::path(
    get,
    path = "/api/v1/labels",
    operation_id = "show_label",
    tag = "labels",
    params(LabelQuery),
    responses(
        (
            status = 200,
            description = "The label",
            content((Vec<u8> = "image/png"), (String = "image/svg+xml")),
        ),
        (status = 422, description = "Something in the request is wrong", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_label(
    service: web::Data<Service>,
    link_base: web::Data<LinkBase>,
    _call: ReadCall,
    query: web::Query<LabelQuery>,
) -> Result<HttpResponse, Problem> {
    let desk = service.desk();
    let mut faults = Faults::new();
    let carrier = read_carrier(&mut faults, query.carrier.as_deref());
    let format = read_format(&mut faults, query.format.as_deref());
    let named = Named {
        gtin: query.gtin.as_deref(),
        lot: query.lot.as_deref(),
        serial: query.serial.as_deref(),
        expiry: query.expiry.as_deref(),
        sscc: query.sscc.as_deref(),
    };
    let labelled = read_labelled(&mut faults, "", &named, desk.year());
    let ((carrier, format), labelled) = faults.finish(carrier.zip(format).zip(labelled))?;
    let Described { labelled, title } = Describing::new(desk).describe(labelled).await?;
    let rendered = web::block(move || render(&labelled, carrier, &link_base.0, title.as_deref()))
        .await
        .map_err(|error| Problem::internal(&error))??;
    Ok(match format {
        Format::Png => HttpResponse::Ok()
            .content_type("image/png")
            .body(rendered.png),
        Format::Svg => HttpResponse::Ok()
            .content_type("image/svg+xml")
            .body(rendered.svg),
    })
}

fn read_format(faults: &mut Faults, text: Option<&str>) -> Option<Format> {
    match text.unwrap_or("png") {
        "png" => Some(Format::Png),
        "svg" => Some(Format::Svg),
        _ => {
            faults.add("format", "word_invalid", "the format is png or svg");
            None
        }
    }
}

fn render(
    labelled: &Labelled,
    carrier: Carrier,
    link_base: &str,
    title: Option<&str>,
) -> Result<RenderedLabel, Problem> {
    let refused = |detail: String| {
        Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("shorten the batch or serial number, or choose the other carrier")
    };
    let content = labelled
        .content(carrier, link_base)
        .map_err(|fault| refused(fault.to_string()))?;
    let text = labelled
        .text(title)
        .map_err(|fault| refused(fault.to_string()))?;
    Label::new(content, text, LabelOptions::default())
        .render_checked()
        .map_err(|error| Problem::internal(&error))
}
