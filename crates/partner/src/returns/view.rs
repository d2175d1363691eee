//! Returns as they are shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use theriac_http::paging::{Page, PageQuery};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::ShipmentId;
use theriac_records::repository::returns::{list_returned, list_unverified};
use theriac_records::repository::shipments::find_shipment;
use utoipa::ToSchema;

use crate::operation::{Desk, storage_problem};
use crate::view::{Parties, PartyAnswer};

/// A return of which packs are held still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnAnswer {
    /// The shipment with which they came.
    pub shipment: String,
    /// Who sent them back.
    pub from: PartyAnswer,
    /// Block time at which they were received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<String>,
    /// Packs of it that are held still.
    pub packs: u64,
    /// How many of them wait to be verified, and are not saleable.
    pub waiting: u64,
}

/// Returns, those that wait first, then by shipment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReturnsAnswer {
    /// Those of which packs are held still.
    pub returns: Vec<ReturnAnswer>,
    /// By which to ask for the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What came back and is held still.
///
/// # Errors
///
/// A problem for a malformed query, and when the database fails.
pub async fn returns(desk: &Desk, query: &PageQuery) -> Result<ReturnsAnswer, Problem> {
    let limit = query.limit()?;
    let after: Option<(bool, ShipmentId)> = query.after()?;
    let storage = |error| storage_problem(&error);
    let mut counts: BTreeMap<ShipmentId, (u64, u64)> = BTreeMap::new();
    for one in list_returned(&desk.database, &desk.account)
        .await
        .map_err(storage)?
    {
        counts.entry(one.shipment).or_default().0 += u64::from(one.range.count);
    }
    for one in list_unverified(&desk.database, &desk.account)
        .await
        .map_err(storage)?
    {
        counts.entry(one.shipment).or_default().1 += u64::from(one.range.count);
    }
    let mut listed: Vec<Held> = counts
        .into_iter()
        .map(|(shipment, (packs, waiting))| Held {
            place: (waiting == 0, shipment),
            packs,
            waiting,
        })
        .filter(|held| after.is_none_or(|after| held.place > after))
        .collect();
    listed.sort_unstable_by_key(|held| held.place);
    listed.truncate(usize::try_from(limit + 1).unwrap_or(usize::MAX));
    let page = Page::of(listed, limit, |held| held.place);
    let mut parties = Parties::default();
    let mut returns = Vec::with_capacity(page.items.len());
    for held in page.items {
        let (_, id) = held.place;
        let found = find_shipment(&desk.database, &id).await.map_err(storage)?;
        let Some(found) = found else {
            continue;
        };
        returns.push(ReturnAnswer {
            shipment: id.to_string(),
            from: parties.find(desk, found.from).await?,
            received_at: found.resolved_at.map(|at| at.to_string()),
            packs: held.packs,
            waiting: held.waiting,
        });
    }
    Ok(ReturnsAnswer {
        returns,
        next: page.next,
    })
}

/// How many packs of a return are held still.
struct Held {
    /// Its place in the list: those that wait come first.
    place: (bool, ShipmentId),
    packs: u64,
    waiting: u64,
}
