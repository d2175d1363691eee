//! What breaks.

use theriac_testkit::disk::Fate;

use super::{Phase, World};
use crate::event::Event;
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
        let machine = &self.slots[node].machine;
        match self.faults.below(3) {
            0 => {
                let count = usize::try_from(steps).unwrap_or(0);
                let before = std::iter::repeat_n(Fate::Durable, count);
                machine.disk.foretell(before.chain([fate]));
            }
            1 => machine.guard.doom(steps, fate),
            _ => machine.log.doom(steps, fate),
        }
    }
}
