//! What is inside units and shipments, at any depth.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use theriac_gs1::{CalendarDate, Gtin, Lot, Sscc};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{LotState, PackStatus};

use super::IN_LIST;
use super::lots::{lot_of, runs_by_id};
use super::packs::{SpanRecord, span_record};
use crate::entity::{lot, pack_span, unit};
use crate::error::StorageError;
use crate::{Database, codec};

/// Units in one answer: a full lorry of cases is a tenth of it.
pub const CONTENTS_UNITS_MAX: usize = 50_000;
/// Spans of packs in one answer.
pub const CONTENTS_SPANS_MAX: usize = 500_000;

/// Something that packs and units are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Container {
    /// A handling unit.
    Unit(Sscc),
    /// A shipment.
    Shipment(ShipmentId),
}

impl Container {
    pub(crate) fn columns(&self) -> (i16, Vec<u8>) {
        match self {
            Self::Unit(sscc) => (codec::UNIT, sscc.as_bytes().to_vec()),
            Self::Shipment(id) => (codec::SHIPMENT, codec::bytes(&id.0)),
        }
    }
}

/// A unit inside a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContainedUnit {
    /// Its number.
    pub sscc: Sscc,
    /// What it is directly in.
    pub inside: Container,
}

/// Packs of one lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotCount {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// Last day of use.
    pub expiry: CalendarDate,
    /// Open, closed or recalled.
    #[serde(flatten)]
    pub state: LotState,
    /// How many packs.
    pub packs: u64,
    /// How many of them are not active.
    pub not_active: u64,
}

/// What is inside a container, at any depth. Of a resolved one: what still names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Contents {
    /// How many packs.
    pub packs: u64,
    /// How many of each lot.
    pub lots: Vec<LotCount>,
    /// The units, parents before children.
    pub units: Vec<ContainedUnit>,
    /// The packs, by run and position; each span says in what it directly is.
    pub spans: Vec<SpanRecord>,
}

/// Everything inside a container.
pub async fn find_contents(db: &Database, root: Container) -> Result<Contents, StorageError> {
    let inside = descend(db.reader(), vec![root]).await?;
    let lots = count_lots(db.reader(), &inside.spans).await?;
    Ok(Contents {
        packs: lots.iter().map(|lot| lot.packs).sum(),
        lots,
        units: inside.units,
        spans: inside.spans,
    })
}

/// What stands directly in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// The units, in order of their numbers.
    pub units: Vec<Sscc>,
    /// The packs, by run and position.
    pub spans: Vec<SpanRecord>,
}

/// What stands directly in a container, without what is in its units.
pub async fn find_direct(db: &Database, container: Container) -> Result<Direct, StorageError> {
    let units = children_of(db.reader(), &[container]).await?;
    let spans = spans_within(db.reader(), &[container.columns()], CONTENTS_SPANS_MAX).await?;
    Ok(Direct {
        units: units.iter().map(|unit| unit.sscc).collect(),
        spans,
    })
}

/// What was found below some containers.
#[derive(Debug, Default)]
pub(crate) struct Inside {
    pub(crate) units: Vec<ContainedUnit>,
    pub(crate) spans: Vec<SpanRecord>,
}

/// Everything inside some containers, at any depth.
pub(crate) async fn descend<C: ConnectionTrait>(
    db: &C,
    roots: Vec<Container>,
) -> Result<Inside, StorageError> {
    descend_within(db, roots, CONTENTS_UNITS_MAX, CONTENTS_SPANS_MAX).await
}

/// The same without a bound: a block is folded whatever it holds.
pub(crate) async fn descend_all<C: ConnectionTrait>(
    db: &C,
    roots: Vec<Container>,
) -> Result<Inside, StorageError> {
    descend_within(db, roots, usize::MAX, usize::MAX).await
}

async fn descend_within<C: ConnectionTrait>(
    db: &C,
    roots: Vec<Container>,
    units_max: usize,
    spans_max: usize,
) -> Result<Inside, StorageError> {
    let mut units = Vec::new();
    let mut all = roots.clone();
    let mut level = roots;
    while !level.is_empty() {
        let children = children_of(db, &level).await?;
        level = children
            .iter()
            .map(|child| Container::Unit(child.sscc))
            .collect();
        all.extend(&level);
        units.extend(children);
        if units.len() > units_max {
            return Err(StorageError::TooMany {
                what: "units inside",
                max: units_max,
            });
        }
    }
    let places: Vec<(i16, Vec<u8>)> = all.iter().map(Container::columns).collect();
    let spans = spans_within(db, &places, spans_max).await?;
    Ok(Inside { units, spans })
}

async fn children_of<C: ConnectionTrait>(
    db: &C,
    parents: &[Container],
) -> Result<Vec<ContainedUnit>, StorageError> {
    let mut children = Vec::new();
    for kind in [codec::UNIT, codec::SHIPMENT] {
        let by_value: BTreeMap<Vec<u8>, Container> = parents
            .iter()
            .map(|parent| (parent.columns(), *parent))
            .filter(|((found, _), _)| *found == kind)
            .map(|((_, value), parent)| (value, parent))
            .collect();
        let values: Vec<&Vec<u8>> = by_value.keys().collect();
        for part in values.chunks(IN_LIST) {
            let rows = unit::Entity::find()
                .filter(unit::Column::StateKind.eq(kind))
                .filter(unit::Column::State.is_in(part.iter().map(|value| (*value).clone())))
                .order_by_asc(unit::Column::Sscc)
                .all(db)
                .await?;
            for row in rows {
                let inside = *by_value.get(&row.state).ok_or(StorageError::Corrupt {
                    column: "units.state",
                })?;
                let sscc = codec::text(&row.sscc, "units.sscc")?;
                children.push(ContainedUnit { sscc, inside });
            }
        }
    }
    Ok(children)
}

/// The packs that name one of the places, by run and position.
async fn spans_within<C: ConnectionTrait>(
    db: &C,
    places: &[(i16, Vec<u8>)],
    spans_max: usize,
) -> Result<Vec<SpanRecord>, StorageError> {
    let mut rows = Vec::new();
    for kind in [codec::ACCOUNT, codec::UNIT, codec::SHIPMENT] {
        let values: Vec<&Vec<u8>> = places
            .iter()
            .filter(|(found, _)| *found == kind)
            .map(|(_, value)| value)
            .collect();
        for part in values.chunks(IN_LIST) {
            let found = pack_span::Entity::find()
                .filter(pack_span::Column::PlaceKind.eq(kind))
                .filter(pack_span::Column::Place.is_in(part.iter().map(|value| (*value).clone())))
                .all(db)
                .await?;
            rows.extend(found);
            if rows.len() > spans_max {
                return Err(StorageError::TooMany {
                    what: "different packs inside",
                    max: spans_max,
                });
            }
        }
    }
    let runs = runs_by_id(db, rows.iter().map(|row| row.run)).await?;
    let mut spans = rows
        .iter()
        .map(|row| {
            let run = runs.get(&row.run).ok_or(StorageError::Corrupt {
                column: "pack_spans.run",
            })?;
            span_record(run.run, row)
        })
        .collect::<Result<Vec<_>, _>>()?;
    spans.sort_unstable_by_key(|span| (span.run, span.first));
    Ok(spans)
}

/// Counts packs by lot, in order of product and lot.
pub(crate) async fn count_lots<C: ConnectionTrait>(
    db: &C,
    spans: &[SpanRecord],
) -> Result<Vec<LotCount>, StorageError> {
    let mut counts: BTreeMap<(Gtin, Lot), (u64, u64)> = BTreeMap::new();
    for span in spans {
        let count = counts.entry((span.run.gtin, span.run.lot)).or_default();
        count.0 += u64::from(span.count);
        if span.status != PackStatus::Active {
            count.1 += u64::from(span.count);
        }
    }
    let mut lots = Vec::with_capacity(counts.len());
    for ((gtin, name), (packs, not_active)) in counts {
        let key = (gtin.as_str().to_owned(), name.as_str().to_owned());
        let row = lot::Entity::find_by_id(key)
            .one(db)
            .await?
            .ok_or(StorageError::Corrupt { column: "runs.lot" })?;
        let found = lot_of(&row)?;
        lots.push(LotCount {
            gtin,
            lot: name,
            expiry: found.expiry,
            state: found.state,
            packs,
            not_active,
        });
    }
    Ok(lots)
}
