//! `POST /api/v1/labels/sheets`: many labels on sheets of paper, as PDF.

use actix_web::HttpResponse;
use actix_web::http::header::{ContentDisposition, DispositionParam, DispositionType};
use actix_web::web::{self, ServiceConfig};
use serde::{Deserialize, Serialize};
use theriac_http::body::Body;
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode, chain};
use theriac_label::{
    A4, Carrier, Grid, LETTER, ModuleSize, RenderedSheet, SheetLabel, SheetOptions, TextPlacement,
    render_sheet,
};
use utoipa::ToSchema;

use crate::faults::Faults;
use crate::label::LinkBase;
use crate::label::describe::{Described, Describing};
use crate::label::request::{Named, read_carrier, read_labelled};
use crate::service::Service;

/// Labels of one request: some seconds of work, and no proxy between gives up meanwhile.
const LABELS_MAX: usize = 1_000;

/// Width and height of a label where none is given: three columns on A4.
const LABEL: (u32, u32) = (63_500, 33_900);
/// What printers leave white, where nothing else is said.
const MARGIN: u32 = 5_000;
/// Printed size of a module where none is given.
const MODULE_MICROMETRES: u32 = 400;
/// Pixels of a module: a sheet has none, and every size is right.
const MODULE_PIXELS: u32 = 4;
/// No page and no label is longer: one metre.
const LENGTH_MM_MAX: f64 = 1_000.0;

/// One label of a sheet: a pack (`gtin`, `lot`, `serial`), a batch (`gtin`, `lot`) or a unit (`sscc`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SheetItem {
    /// The product.
    pub gtin: Option<String>,
    /// The batch.
    pub lot: Option<String>,
    /// The pack.
    pub serial: Option<String>,
    /// Last day of use, `YYYY-MM-DD`; that on record where absent.
    pub expiry: Option<String>,
    /// A case or pallet, instead of a product.
    pub sscc: Option<String>,
}

/// Width and height in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SizeBody {
    /// From left to right.
    pub width_mm: f64,
    /// From top to bottom.
    pub height_mm: f64,
}

/// Where the labels of a sheet are that is bought cut.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GridBody {
    /// Labels in a row.
    pub columns: u32,
    /// Rows.
    pub rows: u32,
    /// From the edge of the paper to the first label.
    pub left_mm: f64,
    /// From the upper edge of the paper to the first label.
    pub top_mm: f64,
    /// From one label's left side to the next one's.
    pub step_x_mm: f64,
    /// From one label's upper side to the next one's.
    pub step_y_mm: f64,
}

/// What to print, and on which paper.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SheetBody {
    /// The labels, in the order in which they are printed; at most 1,000.
    pub labels: Vec<SheetItem>,
    /// `qr` (a GS1 Digital Link) or `datamatrix` (an element string); `qr` where absent.
    pub carrier: Option<String>,
    /// `a4` or `letter`; `a4` where absent.
    pub paper: Option<String>,
    /// Another size of paper, instead.
    pub page: Option<SizeBody>,
    /// Size of a label; 63.5 by 33.9 mm where absent.
    pub label: Option<SizeBody>,
    /// Where the labels are; as many as fit, from the middle of the page, where absent.
    pub grid: Option<GridBody>,
    /// Side of the smallest square of a code, in micrometres, 250 to 2,000; 400 where absent.
    pub module_micrometres: Option<u32>,
    /// Where the text is: `beside`, `below` or `hidden`; `beside` where absent.
    pub text: Option<String>,
    /// Labels of the first page that are used already.
    pub skip: usize,
    /// Draws lines to cut along.
    pub outlines: bool,
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/labels/sheets", web::post().to(create_label_sheet));
}

/// Labels on sheets of paper. Every code was read back before it is sent; nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/labels/sheets",
    operation_id = "create_label_sheet",
    tag = "labels",
    request_body = SheetBody,
    responses(
        (status = 200, description = "The sheets", content((Vec<u8> = "application/pdf"))),
        (status = 422, description = "Something in the request is wrong", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn create_label_sheet(
    service: web::Data<Service>,
    link_base: web::Data<LinkBase>,
    _call: ReadCall,
    body: Body<SheetBody>,
) -> Result<HttpResponse, Problem> {
    let desk = service.desk();
    let mut faults = Faults::new();
    let carrier = read_carrier(&mut faults, body.carrier.as_deref());
    let options = read_options(&mut faults, &body);
    let labelled = read_labels(&mut faults, &body.labels, desk.year());
    let ((carrier, options), labelled) = faults.finish(carrier.zip(options).zip(labelled))?;
    let mut describing = Describing::new(desk);
    let mut described = Vec::with_capacity(labelled.len());
    for one in labelled {
        described.push(describing.describe(one).await?);
    }
    let sheet = web::block(move || render(&described, carrier, &link_base.0, &options))
        .await
        .map_err(|error| Problem::internal(&error))??;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header(ContentDisposition {
            disposition: DispositionType::Inline,
            parameters: vec![DispositionParam::Filename("labels.pdf".to_owned())],
        })
        .body(sheet.pdf))
}

fn read_labels(
    faults: &mut Faults,
    items: &[SheetItem],
    year: u16,
) -> Option<Vec<crate::label::Labelled>> {
    if items.is_empty() || items.len() > LABELS_MAX {
        let detail = format!("a sheet has 1 to {LABELS_MAX} labels; make several for more");
        faults.add("labels", "count_invalid", detail);
        return None;
    }
    let mut labelled = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let named = Named {
            gtin: item.gtin.as_deref(),
            lot: item.lot.as_deref(),
            serial: item.serial.as_deref(),
            expiry: item.expiry.as_deref(),
            sscc: item.sscc.as_deref(),
        };
        labelled.extend(read_labelled(
            faults,
            &format!("labels[{index}]."),
            &named,
            year,
        ));
    }
    (labelled.len() == items.len()).then_some(labelled)
}

fn read_options(faults: &mut Faults, body: &SheetBody) -> Option<SheetOptions> {
    let micrometres = body.module_micrometres.unwrap_or(MODULE_MICROMETRES);
    let module_size = ModuleSize::new(MODULE_PIXELS, micrometres);
    let module_size = faults.keep("module_micrometres", "size_invalid", module_size);
    let placement = match body.text.as_deref().unwrap_or("beside") {
        "beside" => Some(TextPlacement::Beside),
        "below" => Some(TextPlacement::Below),
        "hidden" => Some(TextPlacement::Hidden),
        _ => {
            faults.add(
                "text",
                "word_invalid",
                "the text is beside, below or hidden",
            );
            None
        }
    };
    let grid = read_grid(faults, body);
    Some(SheetOptions {
        grid: grid?,
        module_size: module_size?,
        placement: placement?,
        skip: body.skip,
        has_outlines: body.outlines,
    })
}

fn read_grid(faults: &mut Faults, body: &SheetBody) -> Option<Grid> {
    let page = match (&body.page, body.paper.as_deref()) {
        (Some(size), None) => read_size(faults, "page", *size),
        (None, None | Some("a4")) => Some(A4),
        (None, Some("letter")) => Some(LETTER),
        (None, Some(_)) => {
            faults.add("paper", "word_invalid", "the paper is a4 or letter");
            None
        }
        (Some(_), Some(_)) => {
            faults.add("page", "contradiction", "give paper or page, not both");
            None
        }
    };
    let label = match body.label {
        Some(size) => read_size(faults, "label", size),
        None => Some(LABEL),
    };
    let (page, label) = page.zip(label)?;
    let grid = match &body.grid {
        None => Grid::filling(page, label, MARGIN),
        Some(grid) => {
            let mut length = |field: &str, mm| read_length(faults, &format!("grid.{field}"), mm);
            let first = (
                length("left_mm", grid.left_mm),
                length("top_mm", grid.top_mm),
            );
            let step = (
                length("step_x_mm", grid.step_x_mm),
                length("step_y_mm", grid.step_y_mm),
            );
            let (first, step) = (first.0.zip(first.1)?, step.0.zip(step.1)?);
            Grid::new(page, label, first, step, (grid.columns, grid.rows))
        }
    };
    faults.keep("grid", "grid_invalid", grid)
}

fn read_size(faults: &mut Faults, at: &str, size: SizeBody) -> Option<(u32, u32)> {
    let width = read_length(faults, &format!("{at}.width_mm"), size.width_mm);
    let height = read_length(faults, &format!("{at}.height_mm"), size.height_mm);
    width.zip(height)
}

/// A length in micrometres.
fn read_length(faults: &mut Faults, at: &str, mm: f64) -> Option<u32> {
    if !(0.0..=LENGTH_MM_MAX).contains(&mm) {
        let detail = format!("a length is 0 to {LENGTH_MM_MAX} millimetres");
        faults.add(at, "length_invalid", detail);
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it was found between 0 and a million"
    )]
    let micrometres = (mm * 1_000.0).round() as u32;
    Some(micrometres)
}

fn render(
    labels: &[Described],
    carrier: Carrier,
    link_base: &str,
    options: &SheetOptions,
) -> Result<RenderedSheet, Problem> {
    let refused = |detail: String| {
        Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("choose larger labels, smaller modules, the other carrier, or text: hidden")
    };
    let mut drawn = Vec::with_capacity(labels.len());
    for (index, Described { labelled, title }) in labels.iter().enumerate() {
        let at = |fault: String| refused(format!("labels[{index}]: {fault}"));
        let content = labelled.content(carrier, link_base);
        let text = labelled.text(title.as_deref());
        drawn.push(SheetLabel {
            content: content.map_err(|fault| at(fault.to_string()))?,
            text: text.map_err(|fault| at(fault.to_string()))?,
        });
    }
    render_sheet(&drawn, options).map_err(|error| refused(chain(&error)))
}
