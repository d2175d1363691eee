//! One history, and what was tried with it.

use std::collections::BTreeSet;

use theriac_crypto::Digest;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::TransactionId;
use theriac_ledger::record::History;
use theriac_proof::history::{HistoryBlock, HistoryBundle, PlacedTransaction, Step, check};
use theriac_proof::light::Trust;

use crate::history::fresh;

pub(super) struct Forger<'a> {
    pub(super) original: HistoryBundle,
    trust: &'a Trust,
    /// What is no forgery: true histories.
    pub(super) truths: Vec<HistoryBundle>,
    pub(super) tried: usize,
    pub(super) accepted: Vec<String>,
}

impl<'a> Forger<'a> {
    pub(super) fn new(original: HistoryBundle, trust: &'a Trust) -> Self {
        let forger = Self {
            original,
            trust,
            truths: Vec::new(),
            tried: 0,
            accepted: Vec::new(),
        };
        assert!(forger.is_accepted(&forger.original));
        forger
    }

    fn is_accepted(&self, bundle: &HistoryBundle) -> bool {
        let checked = check(bundle, self.trust, fresh(&self.original));
        assert_eq!(checked.failed.is_some(), checked.events.is_empty());
        checked.failed.is_none()
    }

    fn judge(&mut self, what: impl Into<String>, forged: &HistoryBundle) {
        if *forged == self.original || self.truths.contains(forged) {
            return;
        }
        self.tried += 1;
        if self.is_accepted(forged) {
            self.accepted.push(what.into());
        }
    }

    pub(super) fn alter(
        &mut self,
        what: impl Into<String>,
        change: impl FnOnce(&mut HistoryBundle),
    ) {
        let mut forged = self.original.clone();
        change(&mut forged);
        self.judge(what, &forged);
    }

    /// Bytes that may be no bundle at all.
    pub(super) fn bytes(&mut self, what: impl Into<String>, bytes: &[u8]) {
        match HistoryBundle::decode(bytes) {
            Ok(bundle) => self.judge(what, &bundle),
            Err(_) => self.tried += 1,
        }
    }

    pub(super) fn block(&mut self, what: &str, number: usize, change: impl Fn(&mut HistoryBlock)) {
        self.alter(format!("block {number}: {what}"), |bundle| {
            edit(&mut bundle.blocks, number, &change);
        });
    }

    pub(super) fn transaction(
        &mut self,
        what: &str,
        number: usize,
        index: usize,
        change: impl Fn(&mut PlacedTransaction),
    ) {
        self.block(&format!("transaction {index}: {what}"), number, |block| {
            edit(&mut block.transactions, index, &change);
        });
    }

    /// Drops, doubles and swaps items of a list, and cuts it at its end.
    pub(super) fn list<T: Clone>(
        &mut self,
        what: &str,
        items: &[T],
        set: impl Fn(&mut HistoryBundle, Vec<T>),
    ) {
        for (form, changed) in disordered(items) {
            self.alter(format!("{what}: {form}"), |bundle| set(bundle, changed));
        }
    }

    /// A list of steps: as any list; each step altered; and cut with the history made to fit.
    pub(super) fn steps(
        &mut self,
        what: &str,
        steps: &[Step],
        start: History,
        set: impl Fn(&mut HistoryBundle, Vec<Step>, Option<History>),
    ) {
        self.list(what, steps, |bundle, changed| set(bundle, changed, None));
        for index in 0..steps.len() {
            for (form, altered) in altered(&steps[index]) {
                let mut changed = steps.to_vec();
                changed[index] = altered;
                self.alter(format!("{what}: step {index}, {form}"), |bundle| {
                    set(bundle, changed, None);
                });
            }
        }
        for (form, changed) in disordered(steps) {
            let fits = changed.iter().fold(start, |history, step| {
                history.next(step.height, step.index, &step.id)
            });
            self.alter(format!("{what}: {form}, history to fit"), |bundle| {
                set(bundle, changed, Some(fits));
            });
        }
    }

    /// Every step of every list.
    pub(super) fn all_steps(&self) -> BTreeSet<Step> {
        let bundle = &self.original;
        let units = bundle.units.iter().flat_map(|one| one.steps.iter());
        let shipments = bundle.shipments.iter().flat_map(|one| one.steps.iter());
        let entry = bundle.entry.steps.iter();
        entry.chain(units).chain(shipments).copied().collect()
    }
}

fn disordered<T: Clone>(items: &[T]) -> Vec<(String, Vec<T>)> {
    let mut forms = Vec::new();
    let mut add = |form: String, change: &dyn Fn(&mut Vec<T>)| {
        let mut changed = items.to_vec();
        change(&mut changed);
        forms.push((form, changed));
    };
    for index in 0..items.len() {
        let item = &items[index];
        add(format!("drop {index}"), &|items| drop(items.remove(index)));
        add(format!("double {index}"), &|items| {
            items.insert(index, item.clone());
        });
        add(format!("repeat {index}"), &|items| items.push(item.clone()));
        add(format!("cut at {index}"), &|items| items.truncate(index));
        if index > 0 {
            add(format!("swap {index}"), &|items| {
                items.swap(index - 1, index);
            });
        }
    }
    forms
}

fn altered(step: &Step) -> Vec<(&'static str, Step)> {
    let height = |height| Step { height, ..*step };
    let id = TransactionId(flipped(step.id.0));
    let index = step.index ^ 1;
    vec![
        ("a height earlier", height(step.height - 1)),
        ("a height later", height(step.height + 1)),
        ("at a height that never was", height(u64::MAX)),
        ("at another index", Step { index, ..*step }),
        ("another transaction", Step { id, ..*step }),
    ]
}

pub(super) fn flipped(digest: Digest) -> Digest {
    let mut bytes = digest.0;
    bytes[7] ^= 0x10;
    Digest(bytes)
}

pub(super) fn list<T, const MAX: usize>(items: Vec<T>) -> BoundedList<T, MAX> {
    BoundedList::new(items).unwrap()
}

/// Changes one item of a list.
pub(super) fn edit<T: Clone, const MAX: usize>(
    items: &mut BoundedList<T, MAX>,
    index: usize,
    change: impl FnOnce(&mut T),
) {
    let mut changed = items.to_vec();
    change(&mut changed[index]);
    *items = list(changed);
}
