//! `GET /api/v1/labels`: one label, as a picture.

use actix_web::HttpResponse;
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_gs1::{CalendarDate, ScanOptions};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_label::{Carrier, Label, LabelOptions, RenderedLabel};
use theriac_partner::faults::Faults;
use theriac_partner::operation::{Desk, storage_problem};
use theriac_partner::selection::read_sscc;
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::products::find_product;
use utoipa::IntoParams;

use crate::label::Labelled;
use crate::state::LinkBase;
use theriac_partner::service::Service;
/// What to put on a label: a pack (`gtin`, `lot`, `serial`), a batch (`gtin`, `lot`) or a unit
/// (`sscc`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LabelQuery {
    /// The product.
    #[param(required = false)]
    pub(crate) gtin: Option<String>,
    /// The batch.
    #[param(required = false)]
    pub(crate) lot: Option<String>,
    /// The pack; without it, the label is the same for every pack of the batch.
    #[param(required = false)]
    pub(crate) serial: Option<String>,
    /// Last day of use, `YYYY-MM-DD`; that on record where absent.
    #[param(required = false)]
    pub(crate) expiry: Option<String>,
    /// A case or pallet, instead of a product.
    #[param(required = false)]
    pub(crate) sscc: Option<String>,
    /// `qr` (a GS1 Digital Link) or `datamatrix` (an element string).
    #[param(required = false, default = "qr")]
    pub(crate) carrier: Option<String>,
    /// `png` or `svg`.
    #[param(required = false, default = "png")]
    pub(crate) format: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Svg,
}

pub(crate) fn configure(config: &mut ServiceConfig) {
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
pub(crate) async fn show_label(
    service: web::Data<Service>,
    link_base: web::Data<LinkBase>,
    _call: ReadCall,
    query: web::Query<LabelQuery>,
) -> Result<HttpResponse, Problem> {
    let desk = service.desk();
    let mut faults = Faults::new();
    let carrier = read_carrier(&mut faults, query.carrier.as_deref());
    let format = read_format(&mut faults, query.format.as_deref());
    let labelled = read_labelled(&mut faults, &query, desk.year());
    let ((carrier, format), labelled) = faults.finish(carrier.zip(format).zip(labelled))?;
    let (labelled, title) = complete(desk, labelled).await?;
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

fn read_carrier(faults: &mut Faults, text: Option<&str>) -> Option<Carrier> {
    match text.unwrap_or("qr") {
        "qr" => Some(Carrier::Qr),
        "datamatrix" => Some(Carrier::DataMatrix),
        _ => {
            faults.add("carrier", "word_invalid", "the carrier is qr or datamatrix");
            None
        }
    }
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

fn read_labelled(faults: &mut Faults, query: &LabelQuery, year: u16) -> Option<Labelled> {
    match (&query.sscc, &query.gtin, &query.lot) {
        (Some(sscc), None, None) => {
            if query.serial.is_some() || query.expiry.is_some() {
                let detail = "a unit has neither a serial number nor an expiry";
                faults.add("sscc", "contradiction", detail);
            }
            read_sscc(faults, "sscc", sscc, &ScanOptions::new(year)).map(Labelled::Unit)
        }
        (None, Some(gtin), Some(lot)) => {
            let gtin = faults.gtin("gtin", gtin);
            let lot = faults.lot("lot", lot);
            let serial = match &query.serial {
                Some(serial) => faults.serial("serial", serial).map(Some),
                None => Some(None),
            };
            let expiry: Option<Option<CalendarDate>> = match &query.expiry {
                Some(expiry) => faults.date("expiry", expiry).map(Some),
                None => Some(None),
            };
            Some(Labelled::Item {
                gtin: gtin?,
                lot: lot?,
                serial: serial?,
                expiry: expiry?,
            })
        }
        _ => {
            let detail = "name a pack or batch by gtin and lot, or a unit by sscc";
            faults.add("gtin", "nothing_named", detail);
            None
        }
    }
}

/// Adds what is on record: the expiry of the batch, and the product's name.
async fn complete(desk: &Desk, labelled: Labelled) -> Result<(Labelled, Option<String>), Problem> {
    let Labelled::Item {
        gtin,
        lot,
        serial,
        expiry,
    } = labelled
    else {
        return Ok((labelled, None));
    };
    let product = find_product(&desk.database, &gtin)
        .await
        .map_err(|error| storage_problem(&error))?;
    let record = find_lot(&desk.database, &gtin, &lot)
        .await
        .map_err(|error| storage_problem(&error))?;
    let title = product.map(|product| format!("{} {}", product.name, product.strength));
    let expiry = expiry.or(record.map(|record| record.expiry));
    let completed = Labelled::Item {
        gtin,
        lot,
        serial,
        expiry,
    };
    Ok((completed, title))
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
