//! Users and the nodes that they talk to.

use theriac_node::pool::TxStatus;

use super::{Phase, World};
use crate::event::Event;
use crate::network::MS;

/// How often a user asks what became of a transaction, and how many times before trying elsewhere.
const POLL_EVERY: u64 = 120 * MS;
const POLLS_MAX: u32 = 25;
/// Nodes tried before a user gives up.
const TRIES_MAX: u32 = 4;

impl World {
    pub(super) fn act(&mut self) {
        if matches!(self.phase, Phase::Settling(_) | Phase::Done) {
            return;
        }
        let now = self.wall();
        let mut tickets = self.workload.act(now);
        tickets.extend(self.workload.reform(now));
        for ticket in tickets {
            let Some(node) = self.workload.ticket_of(ticket).map(|ticket| ticket.node) else {
                continue;
            };
            self.queue.plan(
                self.now + 2 * MS,
                Event::Submit {
                    node,
                    ticket,
                    tries: 0,
                },
            );
        }
        let pause = if self.workload.is_set_up() { 70 } else { 20 };
        let later = self.now + self.faults.between(10 * MS, pause * 2 * MS);
        self.queue.plan(later, Event::Act);
    }

    pub(super) fn submit(&mut self, node: usize, ticket: u64, tries: u32) {
        let Some(bytes) = self.workload.ticket_of(ticket) else {
            return;
        };
        let bytes = bytes.signed.bytes.clone();
        let run = self.slots[node].run;
        let mut is_taken = false;
        self.on(node, run, |process, now| {
            is_taken = process.chain().pool().submit(&bytes, now.wall).is_ok();
            Ok(())
        });
        if is_taken {
            self.counts.submitted += 1;
            let event = Event::Poll {
                node,
                ticket,
                asked: 0,
                tries,
            };
            self.queue.plan(self.now + POLL_EVERY, event);
        } else {
            self.elsewhere(node, ticket, tries);
        }
    }

    fn elsewhere(&mut self, node: usize, ticket: u64, tries: u32) {
        let is_over = tries >= TRIES_MAX && !self.workload.give_up(ticket);
        if is_over {
            return;
        }
        let node = (node + 1) % self.consortium.validator_keys.len();
        let event = Event::Submit {
            node,
            ticket,
            tries: tries + 1,
        };
        self.queue.plan(self.now + 300 * MS, event);
    }

    pub(super) fn poll(&mut self, node: usize, ticket: u64, asked: u32, tries: u32) {
        let Some(id) = self.workload.ticket_of(ticket).map(|known| known.signed.id) else {
            return;
        };
        match self.ask(node, &id) {
            Some(TxStatus::Final { height, index }) => {
                // Nobody is bound by what a liar says.
                if self.slots[node].is_honest {
                    self.slots[node].promises.insert(id, (height, index));
                    self.workload.is_final(ticket, height, index);
                } else {
                    self.elsewhere(node, ticket, tries);
                }
            }
            Some(TxStatus::Pending) if asked < POLLS_MAX => {
                let event = Event::Poll {
                    node,
                    ticket,
                    asked: asked + 1,
                    tries,
                };
                self.queue.plan(self.now + POLL_EVERY, event);
            }
            _ => self.elsewhere(node, ticket, tries),
        }
    }
}
