//! Spans of runs in memory: read where they are needed, written together.
//!
//! Of each run some parts are known, each from the first pack of a stored span to the last of one. A pack is
//! changed only where its neighbours are known, so that an edge of a known part never moves: outside, the
//! database is right; inside, the memory is.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};
use theriac_ledger::pack_set::PackRange;

use super::packs::{row_of, span_of};
use super::span::{PackState, Span, rewrite};
use super::statement::upsert_all;
use crate::codec;
use crate::entity::pack_span;
use crate::error::StorageError;

/// Positions named in one `IN` list.
const FIRSTS: usize = 1_000;

/// The spans of every run that was touched.
#[derive(Debug, Default)]
pub(super) struct Spans {
    runs: BTreeMap<i64, RunSpans>,
}

/// What is known of one run.
#[derive(Debug, Default)]
struct RunSpans {
    /// First position and end of each known part; `u32::MAX` is the end of the run.
    known: BTreeMap<u32, u32>,
    spans: BTreeMap<u32, Span>,
    /// First positions of the rows that the database has in the known parts.
    stored: BTreeSet<u32>,
    /// First positions where memory and database may differ.
    touched: BTreeSet<u32>,
}

impl Spans {
    /// A new run, in one state.
    pub(super) fn begin(&mut self, run: i64, span: Span) {
        let mut new = RunSpans::default();
        new.known.insert(0, u32::MAX);
        new.touched.insert(span.first);
        new.spans.insert(span.first, span);
        self.runs.insert(run, new);
    }

    /// Changes the packs of a range, and gives what they were before; nothing where the run has no such packs.
    pub(super) async fn change(
        &mut self,
        txn: &DatabaseTransaction,
        run: i64,
        range: PackRange,
        change: impl Fn(&mut PackState),
    ) -> Result<Option<Vec<Span>>, StorageError> {
        let found = self.runs.entry(run).or_default();
        if !found.knows(range) {
            found.load(txn, run, range).await?;
        }
        let before = found.around(range);
        let Some(after) = rewrite(&before, range, change) else {
            return Ok(None);
        };
        found.replace(&before, &after);
        let within = before.iter().filter_map(|span| span.within(range));
        Ok(Some(within.collect()))
    }

    /// Writes what differs from the database.
    pub(super) async fn write(&mut self, txn: &DatabaseTransaction) -> Result<(), StorageError> {
        let mut changed = Vec::new();
        for (run, spans) in &mut self.runs {
            let mut gone = Vec::new();
            for first in std::mem::take(&mut spans.touched) {
                if let Some(span) = spans.spans.get(&first) {
                    changed.push(row_of(*run, span)?);
                    spans.stored.insert(first);
                } else if spans.stored.remove(&first) {
                    gone.push(codec::int(first, "a position")?);
                }
            }
            for part in gone.chunks(FIRSTS) {
                pack_span::Entity::delete_many()
                    .filter(pack_span::Column::Run.eq(*run))
                    .filter(pack_span::Column::First.is_in(part.iter().copied()))
                    .exec(txn)
                    .await?;
            }
        }
        upsert_all::<pack_span::Entity>(txn, changed).await
    }

    pub(super) fn len(&self) -> usize {
        self.runs.values().map(|run| run.spans.len()).sum()
    }

    /// Forgets every run; what was changed and not written is lost.
    pub(super) fn clear(&mut self) {
        self.runs.clear();
    }
}

impl RunSpans {
    /// Whether the packs of a range, the one before and the one after are known.
    fn knows(&self, range: PackRange) -> bool {
        let first = range.first.saturating_sub(1);
        let part = self.known.range(..=first).next_back();
        part.is_some_and(|(_, end)| *end > range.end())
    }

    /// Reads the spans of a range and those beside it.
    async fn load(
        &mut self,
        txn: &DatabaseTransaction,
        run: i64,
        range: PackRange,
    ) -> Result<(), StorageError> {
        let first = codec::int(range.first, "a position")?;
        let end = codec::int(range.end(), "a position")?;
        let of_run = pack_span::Entity::find().filter(pack_span::Column::Run.eq(run));
        let before = of_run
            .clone()
            .filter(pack_span::Column::First.lt(first))
            .order_by_desc(pack_span::Column::First)
            .one(txn)
            .await?;
        let rest = of_run
            .filter(pack_span::Column::First.between(first, end))
            .order_by_asc(pack_span::Column::First)
            .all(txn)
            .await?;
        let mut from = range.first;
        let mut to = range.first;
        for row in before.iter().chain(&rest) {
            let span = span_of(row)?;
            from = from.min(span.first);
            to = to.max(span.end());
            // In a known part memory is younger than the row.
            if !self.is_known(span.first) {
                self.stored.insert(span.first);
                self.spans.insert(span.first, span);
            }
        }
        // No span begins behind the range: the run ends with it.
        let to = if to <= range.end() { u32::MAX } else { to };
        self.join(from, to);
        Ok(())
    }

    fn is_known(&self, position: u32) -> bool {
        let part = self.known.range(..=position).next_back();
        part.is_some_and(|(_, end)| *end > position)
    }

    /// Notes that a part is known, and joins it with those that it overlaps or touches.
    fn join(&mut self, mut from: u32, mut to: u32) {
        let touching: Vec<(u32, u32)> = self
            .known
            .range(..=to)
            .filter(|(_, end)| **end >= from)
            .map(|(first, end)| (*first, *end))
            .collect();
        for (first, end) in touching {
            self.known.remove(&first);
            from = from.min(first);
            to = to.max(end);
        }
        self.known.insert(from, to);
    }

    /// Every known span that overlaps the range or touches it, in order.
    fn around(&self, range: PackRange) -> Vec<Span> {
        let beside = range.first.saturating_sub(1);
        let first = self.spans.range(..=beside).next_back();
        let first = first.map_or(beside, |(first, _)| *first);
        let spans = self.spans.range(first..=range.end());
        spans.map(|(_, span)| *span).collect()
    }

    fn replace(&mut self, before: &[Span], after: &[Span]) {
        for span in before.iter().filter(|span| !after.contains(span)) {
            self.spans.remove(&span.first);
            self.touched.insert(span.first);
        }
        for span in after.iter().filter(|span| !before.contains(span)) {
            self.spans.insert(span.first, *span);
            self.touched.insert(span.first);
        }
    }
}
