//! `GET /api/v1/provenance/lots/{gtin}/{lot}`

use std::collections::BTreeMap;

use actix_web::web::{self, ServiceConfig};
use theriac_gs1::{Gtin, Lot};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::{Problem, ProblemBody, ProblemCode};
use theriac_ledger::identifier::AccountId;
use theriac_partner::operation::storage_problem;
use theriac_records::repository::provenance::{HolderCount, trace_lot};

use super::words;
use crate::body::{LotHolderBody, LotProvenanceBody, OnTheWayBody};
use crate::state::{Names, ReadModel};

pub(crate) fn configure(config: &mut ServiceConfig) {
    config.route(
        "/api/v1/provenance/lots/{gtin}/{lot}",
        web::get().to(show_lot_provenance),
    );
}

/// Where a lot is, and everything that happened to it.
#[utoipa::path(
    get,
    path = "/api/v1/provenance/lots/{gtin}/{lot}",
    operation_id = "show_lot_provenance",
    tag = "provenance",
    params(
        ("gtin" = String, Path, description = "The product"),
        ("lot" = String, Path, description = "The lot, percent-encoded"),
    ),
    responses(
        (status = 200, description = "The lot, its holders and its history", body = LotProvenanceBody),
        (status = 400, description = "The GTIN or lot is malformed", body = ProblemBody),
        (status = 404, description = "The lot is not on record", body = ProblemBody),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub(crate) async fn show_lot_provenance(
    model: web::Data<ReadModel>,
    _call: ReadCall,
    path: web::Path<(String, String)>,
) -> Result<web::Json<LotProvenanceBody>, Problem> {
    let head = model.head().await?;
    let (gtin, lot) = path.into_inner();
    let malformed = |error: theriac_gs1::IdentifierError| {
        Problem::new(ProblemCode::InvalidPath, error.to_string())
    };
    let gtin = Gtin::parse(&gtin).map_err(malformed)?;
    let lot = Lot::parse(&lot).map_err(malformed)?;
    let traced = trace_lot(&model.database, &gtin, &lot)
        .await
        .map_err(|error| storage_problem(&error))?;
    let traced = traced.ok_or_else(|| {
        let detail = format!("batch {lot} of product {gtin} is not on record");
        Problem::new(ProblemCode::NotFound, detail)
    })?;
    let names = model.names().await?;
    Ok(web::Json(LotProvenanceBody {
        lot: words::lot(&names, &traced.lot),
        holders: holders(&names, &traced.holders),
        notes: words::dispute(&traced.history).into_iter().collect(),
        truncated: traced.history.is_truncated,
        events: words::events(traced.history),
        height: head.height,
    }))
}

/// Counts by account, the largest holder first.
fn holders(names: &Names, counts: &[HolderCount]) -> Vec<LotHolderBody> {
    let mut by_account: BTreeMap<AccountId, LotHolderBody> = BTreeMap::new();
    for count in counts {
        let holder = by_account
            .entry(count.account)
            .or_insert_with(|| LotHolderBody {
                party: names.party(&count.account),
                count: 0,
                by_status: BTreeMap::new(),
                on_the_way: Vec::new(),
            });
        holder.count += count.packs;
        let status = count.status.to_string();
        *holder.by_status.entry(status).or_default() += count.packs;
        if let Some(addressee) = count.addressee {
            add_on_the_way(holder, names.party(&addressee), count.packs);
        }
    }
    let mut holders: Vec<_> = by_account.into_values().collect();
    holders.sort_by_key(|holder| std::cmp::Reverse(holder.count));
    holders
}

fn add_on_the_way(holder: &mut LotHolderBody, to: crate::body::PartyBody, count: u64) {
    match holder.on_the_way.iter_mut().find(|known| known.to == to) {
        Some(known) => known.count += count,
        None => holder.on_the_way.push(OnTheWayBody { to, count }),
    }
}
