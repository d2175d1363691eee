//! What nodes say to each other, and what is kept of what they do.

use theriac_consensus::ProposalPart;
use theriac_consensus::engine::{Round, StreamContent};
use theriac_ledger::identifier::Height;

use super::{Phase, Slot, World};
use crate::event::Event;
use crate::network::MS;
use crate::process::{Out, Process};
use crate::wire::Wire;

/// Blocks asked for at once.
const SYNC_BATCH: Height = 4;
/// How long a node waits for blocks that it asked for.
const SYNC_PATIENCE: u64 = 5_000 * MS;
/// How long whoever has no vote waits: it follows a stream, and turns to another node when that ends.
const FOLLOWER_PATIENCE: u64 = 300 * MS;
/// Largest batch of transactions for a peer.
const GOSSIP_BYTES: usize = 256 * 1024;

impl World {
    /// Takes over what a process wants from the world.
    pub(super) fn take(&mut self, node: usize, out: Out) {
        let run = self.slots[node].run;
        for wire in out.sends {
            self.check_proposal(node, &wire);
            for to in (0..self.slots.len()).filter(|to| *to != node) {
                self.send(node, to, &wire);
            }
        }
        for (timeout, number, after) in out.timers {
            let after = u64::try_from(after.as_micros()).expect("a timeout of seconds");
            let event = Event::Timer {
                node,
                run,
                timeout,
                number,
            };
            self.queue.plan(self.now + after, event);
        }
        if !self.slots[node].is_honest {
            return;
        }
        self.signed.extend(out.signed);
        for (height, round) in out.decided {
            self.decided(node, height, round);
            self.tell_followers(node, height);
        }
        for (height, proposer) in out.refused {
            let honest = self
                .slots
                .iter()
                .any(|slot| slot.is_honest && slot.setup.key.public_key() == proposer.0);
            if honest && !self.has_clock_faults {
                self.violations.push(format!(
                    "node {node} refused an honest proposal for height {height}"
                ));
            }
        }
    }

    /// An honest node has one block for each of its turns, also after a restart.
    fn check_proposal(&mut self, node: usize, wire: &Wire) {
        let Wire::Part(_, part) = wire else { return };
        let StreamContent::Data(ProposalPart::Init {
            height,
            round,
            proposer,
            block,
            ..
        }) = &part.content
        else {
            return;
        };
        let slot = &self.slots[node];
        if !slot.is_honest || proposer.0 != slot.setup.key.public_key() {
            return;
        }
        let turn = (node, height.0, round.as_u32().unwrap_or(0));
        let first = *self.proposed.entry(turn).or_insert(*block);
        if first != *block {
            self.violations.push(format!(
                "node {node} proposed two blocks at height {height}, round {round}"
            ));
        }
    }

    /// Whoever has no vote hears of each block at once.
    fn tell_followers(&mut self, node: usize, height: Height) {
        let is_outside = |slot: &Slot| slot.process.as_ref().is_some_and(Process::is_outside);
        let outside =
            (0..self.slots.len()).filter(|to| *to != node && is_outside(&self.slots[*to]));
        for to in outside.collect::<Vec<_>>() {
            self.send(node, to, &Wire::Status(height));
        }
    }

    fn decided(&mut self, node: usize, height: Height, round: Round) {
        self.counts.decided += 1;
        self.witnesses.decided((node, self.slots[node].run), height);
        self.tell(&format!(
            "node {node} decided height {height} in round {round}"
        ));
        let has_liars = self.slots.iter().any(|slot| !slot.is_honest);
        if let Phase::Calm(_, from) = self.phase
            && height > from + 1
            && round != Round::ZERO
            && !has_liars
        {
            self.violations.push(format!(
                "node {node} needed round {round} for height {height} in a calm network"
            ));
        }
    }

    pub(super) fn deliver(&mut self, from: usize, to: usize, wire: Wire) {
        let run = self.slots[to].run;
        match wire {
            Wire::Status(height) => self.heard_status(from, to, height),
            Wire::SyncRequest { first, last } => self.serve(from, to, first, last),
            Wire::SyncResponse(values) => {
                let key = self.slots[from].setup.key.public_key();
                self.slots[to].asks_at = self.now;
                self.on(to, run, |process, _| process.archive(key, values));
            }
            Wire::Transactions(batch) => self.on(to, run, |process, now| {
                for bytes in batch {
                    // A refusal is the sender's business.
                    let _ = process.chain().pool().receive_from_peer(&bytes, now.wall);
                }
                Ok(())
            }),
            wire => {
                self.witness(to, &wire);
                self.on(to, run, |process, now| process.receive(wire, now));
            }
        }
    }

    pub(super) fn status(&mut self, node: usize, run: u64) {
        let slot = &self.slots[node];
        slot.machine.disk.settle();
        let Some(process) = slot.process.as_ref().filter(|_| slot.run == run) else {
            return;
        };
        let height = process.chain().parent().height;
        for to in (0..self.slots.len()).filter(|to| *to != node) {
            self.send(node, to, &Wire::Status(height));
        }
        let later = self.now + 1_000 * MS;
        self.queue.plan(later, Event::Status { node, run });
    }

    fn heard_status(&mut self, from: usize, to: usize, height: Height) {
        let slot = &mut self.slots[to];
        let Some(process) = slot.process.as_ref() else {
            return;
        };
        let wanted = process.height();
        if height < wanted || slot.asks_at > self.now {
            return;
        }
        let patience = if process.is_outside() {
            FOLLOWER_PATIENCE
        } else {
            SYNC_PATIENCE
        };
        slot.asks_at = self.now + patience;
        let last = height.min(wanted + SYNC_BATCH - 1);
        let first = wanted;
        self.send(to, from, &Wire::SyncRequest { first, last });
    }

    fn serve(&mut self, from: usize, to: usize, first: Height, last: Height) {
        let slot = &self.slots[to];
        let Some(process) = slot.process.as_ref() else {
            return;
        };
        if let Ok(values) = process.decided_values(first, last) {
            self.send(to, from, &Wire::SyncResponse(values));
        }
    }

    pub(super) fn gossip(&mut self, node: usize, run: u64) {
        let slot = &self.slots[node];
        let Some(process) = slot.process.as_ref().filter(|_| slot.run == run) else {
            return;
        };
        let batch = process.chain().pool().fresh(GOSSIP_BYTES);
        if !batch.is_empty() {
            for to in (0..self.slots.len()).filter(|to| *to != node) {
                self.send(node, to, &Wire::Transactions(batch.clone()));
            }
        }
        let later = self.now + 10 * MS;
        self.queue.plan(later, Event::Gossip { node, run });
    }
}
