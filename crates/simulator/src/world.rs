//! One simulated consortium, from genesis to the verdict.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use sha3::{Digest as _, Sha3_256};
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp, TransactionId};
use theriac_ledger::planted::{Bug, is_planted};
use theriac_ledger::testing::Consortium;
use theriac_node::genesis::Genesis;
use theriac_node::pool::TxStatus;
use theriac_node::store::disk::Space;
use theriac_testkit::disk::Fate;
use theriac_testkit::oracle::SignedStep;

use crate::dice::Dice;
use crate::event::{Event, Queue};
use crate::liar::Lie;
use crate::machine::{Machine, Medium};
use crate::network::{MS, Micros, Network, Weather};
use crate::process::{Death, Now, Process, Setup};
use crate::verdict::{Counts, Outcome};
use crate::wire::Wire;
use crate::workload::Workload;
use witnesses::Witnesses;

mod begin;
mod faults;
mod messages;
mod remains;
mod users;
mod witnesses;

/// How long faults go on, at least and at most.
const STORM: (Micros, Micros) = (5_000 * MS, 15_000 * MS);
/// When a sleeper joins: longer than a block may be old when it is proposed.
const SLEEP: Micros = 34_000 * MS;
/// How long a healed network may take until all is well: rounds that failed have made timeouts long.
const HEALING: Micros = 180_000 * MS;
/// How long it is watched after that.
const CALM: Micros = 3_000 * MS;
/// How long it has to settle at the end.
const SETTLING: Micros = 2_000 * MS;
const CHECK_EVERY: Micros = 250 * MS;

/// What a world goes through before it is mended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Script {
    /// Everything that the seed brings.
    Storm,
    /// Nothing, or one power cut.
    Cut(Option<Cut>),
}

/// A power cut at one durable step of one machine, in its first run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut {
    /// Durable steps before.
    pub(crate) before: u64,
    pub(crate) fate: Fate,
    /// Whether all the other machines lose their power with it.
    pub(crate) hits_all: bool,
    /// Durable steps in the run after it, where the power is cut a second time in that one.
    pub(crate) again: Option<u64>,
}

/// The node whose machine a [`Cut`] is about.
pub(crate) const CUT_NODE: usize = 0;
/// How long a world with one power cut is watched before it is mended: some dozen heights.
const CUT_TIME: Micros = 2_000 * MS;
/// With two of them: a machine is off for up to two seconds.
const CUTS_TIME: Micros = 6_000 * MS;

/// A place for a node: its machine, and the process while it runs.
pub(crate) struct Slot {
    setup: Setup,
    machine: Machine,
    process: Option<Process>,
    /// Number of the process on this machine.
    run: u64,
    started: Micros,
    /// Difference of its clock from the true time, in milliseconds.
    offset_ms: i64,
    paused_until: Micros,
    /// When it is switched on for the first time.
    sleeps_until: Micros,
    is_honest: bool,
    lie: Option<Lie>,
    /// What this node said is final.
    promises: BTreeMap<TransactionId, (Height, u32)>,
    /// The height of what its guard refused.
    must_wait: Option<Height>,
    logs_lost: u64,
    /// When it comes back by itself.
    wakes_at: Option<Micros>,
    /// When it may ask for decided blocks again.
    asks_at: Micros,
}

/// How far a simulation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Storm,
    /// Since when.
    Healing(Micros),
    /// Since when, and the height at which it began.
    Calm(Micros, Height),
    Settling(Micros),
    Done,
}

pub(crate) struct World {
    seed: u64,
    now: Micros,
    queue: Queue,
    slots: Vec<Slot>,
    network: Network,
    workload: Workload,
    faults: Dice,
    trace: Sha3_256,
    signed: Vec<SignedStep>,
    witnesses: Witnesses,
    /// The block that each honest node sent as its own proposal of a round.
    proposed: BTreeMap<(usize, Height, u32), BlockDigest>,
    violations: Vec<String>,
    counts: Counts,
    phase: Phase,
    has_clock_faults: bool,
    /// The validator whose log may be lost.
    log_loser: Option<usize>,
    explains: bool,
    script: Script,
    /// Durable steps of [`CUT_NODE`] until all was mended.
    steps: Vec<Medium>,
    /// Height, acknowledged transactions and deeds of the authorities when all was mended.
    healed_at: (Height, usize, u64),
    consortium: Consortium,
    genesis: Rc<Genesis>,
}

impl World {
    /// Lets time pass until the end, and judges.
    pub(crate) fn run(mut self) -> Outcome {
        while self.phase != Phase::Done {
            let Some((at, event)) = self.queue.next() else {
                break;
            };
            if let Some(node) = event.node()
                && self.slots[node].paused_until > at
            {
                let later = self.slots[node].paused_until;
                self.queue.plan(later, event);
                continue;
            }
            self.now = at;
            self.trace.update(at.to_be_bytes());
            self.trace.update(event.words().as_bytes());
            if !matches!(
                event,
                Event::Deliver { .. } | Event::Gossip { .. } | Event::Status { .. }
            ) {
                self.tell(&event.words());
            }
            self.happen(event);
            // One of each kind is enough, and a world that fell apart says nothing more.
            if self.violations.len() > 8 {
                break;
            }
        }
        self.judge()
    }

    /// Says what happens, to whoever wants to understand a seed.
    fn tell(&self, what: &str) {
        if self.explains {
            let line = format!(
                "{:>10.3} ms  {what}\n",
                Duration::from_micros(self.now).as_secs_f64() * 1e3
            );
            // Nobody may listen any more.
            let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
        }
    }

    fn happen(&mut self, event: Event) {
        self.counts.events += 1;
        match event {
            Event::Deliver { from, to, wire } => self.deliver(from, to, wire),
            Event::Timer {
                node,
                run,
                timeout,
                number,
            } => self.on(node, run, |process, _| {
                process.timeout(timeout, number);
                Ok(())
            }),
            Event::Wake { node, run } => {
                if self.slots[node].run == run {
                    self.slots[node].wakes_at = None;
                }
                self.on(node, run, |_, _| Ok(()));
            }
            Event::Status { node, run } => self.status(node, run),
            Event::Gossip { node, run } => self.gossip(node, run),
            Event::Start { node } => self.start(node),
            Event::Act => self.act(),
            Event::Submit {
                node,
                ticket,
                tries,
            } => self.submit(node, ticket, tries),
            Event::Poll {
                node,
                ticket,
                asked,
                tries,
            } => self.poll(node, ticket, asked, tries),
            Event::Fault => self.fault(),
            Event::Heal => self.heal(),
            Event::Check => self.check(),
        }
    }

    /// Lets a process do something, and takes out what it wants; nothing where that run is over.
    fn on(
        &mut self,
        node: usize,
        run: u64,
        act: impl FnOnce(&mut Process, Now) -> Result<(), Death>,
    ) {
        let now = self.clocks(node);
        let slot = &mut self.slots[node];
        let Some(process) = slot.process.as_mut().filter(|_| slot.run == run) else {
            return;
        };
        let done = act(process, now).and_then(|()| process.work(now));
        let out = process.take_out();
        self.take(node, out);
        match done {
            Ok(Some(due)) => self.wake_later(node, due),
            Ok(None) => {}
            Err(death) => self.die(node, &death),
        }
    }

    fn clocks(&self, node: usize) -> Now {
        let slot = &self.slots[node];
        let wall = Consortium::START.0 + 60_000 + self.now / MS;
        Now {
            wall: Timestamp(wall.saturating_add_signed(slot.offset_ms)),
            steady: Duration::from_micros(self.now - slot.started),
        }
    }

    /// The true time.
    fn wall(&self) -> Timestamp {
        Timestamp(Consortium::START.0 + 60_000 + self.now / MS)
    }

    fn wake_later(&mut self, node: usize, due: Duration) {
        let slot = &mut self.slots[node];
        let due = u64::try_from(due.as_micros()).expect("a simulation lasts minutes");
        let at = (slot.started + due).max(self.now + 1);
        if slot.wakes_at.is_none_or(|known| known > at) {
            slot.wakes_at = Some(at);
            let run = slot.run;
            self.queue.plan(at, Event::Wake { node, run });
        }
    }

    fn start(&mut self, node: usize) {
        let slot = &mut self.slots[node];
        if slot.process.is_some() {
            return;
        }
        if self.now < slot.sleeps_until {
            let at = slot.sleeps_until;
            return self.queue.plan(at, Event::Start { node });
        }
        slot.machine.restart();
        self.doom_by_plan(node);
        let slot = &mut self.slots[node];
        if slot.run > 0 && is_planted(Bug::ForgetfulIndex) {
            slot.machine.disk.lose(Space::Packs);
        }
        slot.run += 1;
        slot.started = self.now;
        slot.wakes_at = None;
        slot.asks_at = 0;
        let run = slot.run;
        let must_wait = slot.must_wait.take();
        match Process::start(&slot.setup, &slot.machine, run, slot.lie, must_wait) {
            Ok(process) => slot.process = Some(process),
            Err(death) => return self.die(node, &death),
        }
        self.check_promises(node);
        let first = self.faults.below(1_000 * MS);
        let now = self.now;
        self.queue.plan(now + first, Event::Status { node, run });
        self.queue.plan(now + 10 * MS, Event::Gossip { node, run });
        self.on(node, run, |_, _| Ok(()));
    }

    /// A node remembers what it called final, whatever happened to it.
    fn check_promises(&mut self, node: usize) {
        let slot = &self.slots[node];
        let Some(process) = slot.process.as_ref().filter(|_| slot.is_honest) else {
            return;
        };
        let store = process.chain().store();
        for (id, place) in &slot.promises {
            let found = store.transaction_position(id).ok().flatten();
            if found != Some(*place) {
                self.violations.push(format!(
                    "node {node} called {id} final at {place:?} and knows {found:?} after a restart"
                ));
                return;
            }
        }
    }

    fn die(&mut self, node: usize, death: &Death) {
        self.tell(&format!("node {node} dies: {death}"));
        let slot = &mut self.slots[node];
        slot.process = None;
        let death = if slot.machine.is_dead() {
            &Death::Machine
        } else {
            death
        };
        match death {
            Death::Machine => self.counts.step_deaths += 1,
            Death::Guard(_, height) => {
                self.counts.refused_signatures += 1;
                slot.must_wait = Some(*height);
                if slot.is_honest && slot.logs_lost == 0 {
                    self.violations
                        .push(format!("node {node}: {death}, and its log was never lost"));
                }
            }
            Death::Fatal(_) | Death::MayVote | Death::OtherPart => {}
        }
        if slot.is_honest && death.is_violation() {
            self.violations.push(format!("node {node} died: {death}"));
        }
        let down = match death {
            Death::MayVote | Death::OtherPart | Death::Guard(..) => MS,
            _ => self.faults.between(50 * MS, 2_000 * MS),
        };
        self.queue.plan(self.now + down, Event::Start { node });
        if matches!(death, Death::Machine) {
            self.cut_others(node);
        }
    }

    fn count_honest(&self) -> usize {
        self.slots.iter().filter(|slot| slot.is_honest).count()
    }

    /// Heights of the honest nodes that run.
    fn heights(&self) -> Vec<Height> {
        let honest = self.slots.iter().filter(|slot| slot.is_honest);
        honest
            .filter_map(|slot| slot.process.as_ref())
            .map(|process| process.chain().parent().height)
            .collect()
    }

    fn heal(&mut self) {
        self.network.mend();
        self.network.weather = Weather::CALM;
        self.steps = self.slots[CUT_NODE].machine.steps.taken();
        for slot in &mut self.slots {
            slot.offset_ms = 0;
            slot.paused_until = 0;
            slot.machine.spare();
        }
        for node in 0..self.slots.len() {
            if self.slots[node].process.is_none() {
                self.queue.plan(self.now + 100 * MS, Event::Start { node });
            }
        }
        let highest = self.heights().into_iter().max().unwrap_or(0);
        let deeds = self.workload.deeds().unwrap_or(0);
        self.healed_at = (highest, self.workload.acknowledged.len(), deeds);
        self.phase = Phase::Healing(self.now);
        self.queue.plan(self.now + CHECK_EVERY, Event::Check);
    }

    fn check(&mut self) {
        let now = self.now;
        match self.phase {
            Phase::Healing(since) => {
                let heights = self.heights();
                let (height, acknowledged, deeds) = self.healed_at;
                let is_level = heights.iter().min() == heights.iter().max();
                let is_well = heights.len() == self.count_honest()
                    && is_level
                    && heights.iter().all(|found| *found >= height + 3)
                    && self.workload.is_set_up()
                    && self.workload.acknowledged.len() >= acknowledged + 3
                    && self.workload.deeds().is_none_or(|done| done > deeds);
                if is_well {
                    let height = heights.into_iter().max().unwrap_or(0);
                    self.counts.healing_ms = (now - since) / MS;
                    self.phase = Phase::Calm(now, height);
                } else if now - since > HEALING {
                    self.violations.push(format!(
                        "not well {} s after everything was mended: heights {heights:?} of {height}, \
                         {} acknowledged of {acknowledged}, deeds of authorities {:?} of {deeds}",
                        HEALING / MS / 1_000,
                        self.workload.acknowledged.len(),
                        self.workload.deeds()
                    ));
                    self.phase = Phase::Done;
                    return;
                }
            }
            Phase::Calm(since, _) if now - since > CALM => self.phase = Phase::Settling(now),
            Phase::Settling(since) if now - since > SETTLING => {
                self.phase = Phase::Done;
                return;
            }
            _ => {}
        }
        self.queue.plan(now + CHECK_EVERY, Event::Check);
    }

    /// What a user was told about a transaction by a node.
    fn ask(&self, node: usize, id: &TransactionId) -> Option<TxStatus> {
        let process = self.slots[node].process.as_ref()?;
        process.chain().pool().status(id).ok()
    }

    fn send(&mut self, from: usize, to: usize, wire: &Wire) {
        for way in self.network.carry(from, to) {
            let wire = wire.clone();
            self.queue
                .plan(self.now + way, Event::Deliver { from, to, wire });
        }
    }
}
