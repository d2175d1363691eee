//! What breaks.

use theriac_testkit::disk::Fate;

use super::{CUT_NODE, Cut, Phase, Script, World};
use crate::event::Event;
use crate::machine::Medium;
use crate::network::{MS, Weather};

/// Largest jump of a clock, in milliseconds.
const CLOCK_JUMP_MS: u64 = 45_000;

impl World {
    pub(super) fn fault(&mut self) {
        if self.phase != Phase::Storm {
            return;
        }
        let node = self.faults.index(self.slots.len());
        match self.faults.below(100) {
            0..25 => self.kill(node),
            25..50 => self.doom(node),
            50..56 => {
                self.counts.outages += 1;
                for node in 0..self.slots.len() {
                    self.kill(node);
                }
            }
            56..66 => {
                self.counts.pauses += 1;
                let pause = self.faults.between(100 * MS, 6_000 * MS);
                self.slots[node].paused_until = self.now + pause;
            }
            66..80 => {
                self.counts.cuts += 1;
                let count = self.slots.len();
                self.network.cut(count, &mut self.faults);
            }
            80..84 => self.network.mend(),
            84..94 => self.network.weather = Weather::throw(&mut self.faults),
            _ => {
                self.counts.clock_jumps += 1;
                self.has_clock_faults = true;
                let jump = self.faults.between(0, 2 * CLOCK_JUMP_MS);
                let jump = i64::try_from(jump).unwrap_or(0);
                let half = i64::try_from(CLOCK_JUMP_MS).unwrap_or(0);
                self.slots[node].offset_ms = jump - half;
            }
        }
        let pause = self.faults.between(100 * MS, 2_500 * MS);
        self.queue.plan(self.now + pause, Event::Fault);
    }

    /// Cuts the power of a machine; now and then the engine's log is gone afterwards.
    fn kill(&mut self, node: usize) {
        let slot = &mut self.slots[node];
        if slot.process.take().is_none() {
            return;
        }
        self.counts.kills += 1;
        // One validator of four may be without its log, or dishonest: more than that is not borne.
        if self.log_loser == Some(node) && self.faults.chance(500) {
            self.counts.lost_logs += 1;
            slot.logs_lost += 1;
            slot.machine.log.lose();
        }
        let down = self.faults.between(20 * MS, 4_000 * MS);
        self.queue.plan(self.now + down, Event::Start { node });
    }

    /// Lets a machine die at one of its next durable steps, before or after it.
    fn doom(&mut self, node: usize) {
        let fate = if self.faults.chance(500) {
            Fate::DiesBefore
        } else {
            Fate::DiesAfter
        };
        let steps = self.faults.below(12);
        let medium = match self.faults.below(3) {
            0 => Medium::Store,
            1 => Medium::Guard,
            _ => Medium::Log,
        };
        self.slots[node].machine.doom(medium, steps, fate);
    }

    /// Where a power cut is planned for a run of a machine that begins, it dies of it.
    pub(super) fn doom_by_plan(&self, node: usize) {
        let Script::Cut(Some(cut)) = self.script else {
            return;
        };
        let steps = &self.slots[node].machine.steps;
        match (node, self.slots[node].run, cut.again) {
            (CUT_NODE, 0, _) => steps.doom(cut.before, cut.fate),
            (CUT_NODE, 1, Some(before)) => steps.doom(before, cut.fate),
            _ => {}
        }
    }

    /// Where the plan is to cut the power of all, the others lose theirs with the first.
    pub(super) fn cut_others(&mut self, node: usize) {
        let Script::Cut(Some(Cut { hits_all: true, .. })) = self.script else {
            return;
        };
        self.counts.outages += 1;
        for other in (0..self.slots.len()).filter(|other| *other != node) {
            self.kill(other);
        }
    }
}
