//! A run: round after round of harm, mending, and asking whether the network goes on.

use std::time::Duration;

use theriac_http::clock::{Clock as _, Stopwatch, SystemClock};
use theriac_ledger::identifier::Height;
use theriac_testkit::oracle::SignedStep;

use crate::cluster::{Cluster, Founding};
use crate::error::TortureError;
use crate::judge::{self, Violation};
use crate::load::Load;
use crate::node::{GuardState, ending};
use crate::patience::within;
use crate::plan::{Fault, Plan};
use crate::report::{Report, Round, milliseconds};

mod inflict;

/// Time in which a healed network must make a fresh transaction final. Generous: every process
/// shares two processors with whatever else the machine does.
const PROGRESS: Duration = Duration::from_mins(2);
/// Time in which every node must be caught up and at work.
const READY: Duration = Duration::from_mins(3);

/// How long a run goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// For so many rounds.
    Rounds(u64),
    /// Until the first round that ends later than this.
    After(Duration),
}

/// What a run is told.
#[derive(Debug)]
pub struct Orders<'a> {
    /// The network.
    pub founding: Founding<'a>,
    /// Workers of the load.
    pub workers: u64,
    /// When to end.
    pub end: End,
    /// Rounds between two judgements of everything.
    pub judge_every: u64,
    /// What is tested, for the report.
    pub version: String,
    /// On what, for the report.
    pub machine: String,
}

/// A network under torture.
#[derive(Debug)]
pub struct Run<'a> {
    orders: &'a Orders<'a>,
    cluster: Cluster,
    load: Option<Load>,
    /// What guards said was signed.
    signed: Vec<SignedStep>,
    /// What is known so far.
    pub report: Report,
    watch: Stopwatch,
}

impl<'a> Run<'a> {
    /// Founds the network and starts its nodes.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn begin(orders: &'a Orders<'a>) -> Result<Self, TortureError> {
        let founding = &orders.founding;
        let mut cluster = Cluster::found(founding)?;
        for node in &mut cluster.nodes {
            node.start()?;
        }
        let report = Report {
            seed: founding.seed,
            nodes: founding.nodes,
            version: orders.version.clone(),
            machine: orders.machine.clone(),
            began: SystemClock.now_ms() / 1000,
            seconds: 0,
            interrupted: false,
            rounds: Vec::new(),
            height: 0,
            transactions: 0,
            acknowledged: 0,
            open: 0,
            expired: 0,
            contests: crate::load::Contests::default(),
            joins: 0,
            joined: 0,
            judgements: 0,
            traffic: None,
            violations: Vec::new(),
        };
        Ok(Self {
            orders,
            cluster,
            load: None,
            signed: Vec::new(),
            report,
            watch: Stopwatch::start(),
        })
    }

    /// Plays the rounds of a plan; `tell` is given a line for each.
    ///
    /// # Errors
    ///
    /// [`TortureError`] when the harness itself fails. A network that does not go on ends the run
    /// with a violation.
    pub async fn play(
        &mut self,
        plan: Plan,
        mut tell: impl FnMut(&str),
    ) -> Result<(), TortureError> {
        let founding = &self.orders.founding;
        self.load = Some(Load::start(
            &self.cluster,
            founding.seed,
            self.orders.workers,
        ));
        if self.progress(None).await.is_none() {
            return Ok(());
        }
        for (number, fault) in (1..).zip(plan) {
            let is_over = match self.orders.end {
                End::Rounds(rounds) => number > rounds,
                End::After(time) => self.watch.elapsed() >= time,
            };
            if is_over {
                break;
            }
            let Some(round) = self.round(number, &fault).await? else {
                return Ok(());
            };
            tell(&round.line(founding.seed));
            self.report.rounds.push(round);
            if number % self.orders.judge_every == 0 {
                self.judge().await;
                tell(&format!(
                    "judged to height {}: {} violations",
                    self.report.height,
                    self.report.violations.len()
                ));
            }
        }
        Ok(())
    }

    /// Ends the load, judges everything a last time and stops the nodes.
    pub async fn finish(&mut self) {
        if let Some(load) = self.load.take() {
            let records = load.stop().await;
            self.judge_by(&records).await;
        }
        self.report.traffic = Some(self.cluster.wire.traffic());
        self.report.seconds = self.watch.elapsed().as_secs();
    }

    /// One round; none when the network does not go on.
    async fn round(&mut self, number: u64, fault: &Fault) -> Result<Option<Round>, TortureError> {
        let mut round = Round::new(number, fault);
        let watch = Stopwatch::start();
        round.ended = self.inflict(fault).await?;
        self.cluster.clear_up();
        self.raise_the_fallen()?;
        round.fault_ms = watch.elapsed_ms();
        let Some((progress, ready)) = self.progress(Some(fault)).await else {
            self.report.rounds.push(round);
            return Ok(None);
        };
        round.progress_ms = milliseconds(progress);
        round.ready_ms = milliseconds(ready);
        round.acknowledged = self.load.as_ref().map_or(0, Load::acknowledged);
        for what in judge::misbehaviour(&self.cluster).await {
            self.violation(what);
        }
        self.raise_the_fallen()?;
        Ok(Some(round))
    }

    /// How long it takes until a fresh transaction is final, and until every node has it and is at
    /// work. None, with a violation, when that takes too long.
    async fn progress(&mut self, after: Option<&Fault>) -> Option<(Duration, Duration)> {
        let after = after.map_or_else(|| "start".to_owned(), |fault| format!("{fault:?}"));
        let watch = Stopwatch::start();
        let Some(load) = &self.load else { return None };
        let Some((progress, height)) = load.probe(PROGRESS).await else {
            let states = self.states().await;
            self.violation(format!(
                "nothing is final {PROGRESS:?} after {after}; {states}"
            ));
            return None;
        };
        for index in 0..self.cluster.len() {
            let left = READY.saturating_sub(watch.elapsed());
            if !self.is_at_work(index, height, left).await {
                let states = self.states().await;
                let words = self.cluster.nodes[index].last_words();
                self.violation(format!(
                    "node {} is not at work {:?} after {after}; {states}; its last words:\n{words}",
                    index + 1,
                    watch.elapsed()
                ));
                return None;
            }
        }
        Some((progress, watch.elapsed()))
    }

    /// Whether a node has a height and calls itself ready within the limit. One that ends by itself
    /// meanwhile is a violation, is started again once, and may still come to work.
    async fn is_at_work(&mut self, index: usize, height: Height, limit: Duration) -> bool {
        let client = self.cluster.client(index).clone();
        let watch = Stopwatch::start();
        for _ in 0..2 {
            let node = &mut self.cluster.nodes[index];
            let found = within(limit.saturating_sub(watch.elapsed()), || {
                let has_ended = node.has_ended();
                let client = &client;
                async move {
                    if has_ended {
                        return Some(false);
                    }
                    let status = client.status().await.ok()?;
                    (status.is_ready && status.height >= height).then_some(true)
                }
            });
            match found.await {
                Some(true) => return true,
                Some(false) if self.raise_the_fallen().is_ok() => {}
                _ => return false,
            }
        }
        false
    }

    /// Every node that ended by itself is a violation and is started again.
    fn raise_the_fallen(&mut self) -> Result<(), TortureError> {
        for index in 0..self.cluster.len() {
            let node = &mut self.cluster.nodes[index];
            if let Some(status) = node.ended_by_itself() {
                let words = node.last_words();
                self.violation(format!(
                    "node {} ended by itself ({}); its last words:\n{words}",
                    index + 1,
                    ending(status)
                ));
            }
            if !self.cluster.nodes[index].is_started() {
                self.start(index)?;
            }
        }
        Ok(())
    }

    /// Looks at the guard of a node that is down, then starts it.
    fn start(&mut self, index: usize) -> Result<(), TortureError> {
        let node = &mut self.cluster.nodes[index];
        let state = node.look_at_guard();
        if let Some(subject) = node.last_signed() {
            let step = judge::signed_step(node.setup.key, subject);
            self.signed.push(step);
        }
        match state {
            GuardState::Good => {}
            GuardState::Missing => {
                self.violation(format!("node {} has lost its guard", index + 1));
            }
            GuardState::Broken(why) => {
                self.violation(format!("the guard of node {} is broken: {why}", index + 1));
            }
        }
        self.cluster.nodes[index].start()
    }

    async fn judge(&mut self) {
        if let Some(load) = &self.load {
            let records = load.records();
            self.judge_by(&records).await;
        }
    }

    async fn judge_by(&mut self, records: &crate::load::Records) {
        let judgement = judge::judge(&self.cluster, records, &self.signed).await;
        let report = &mut self.report;
        report.judgements += 1;
        report.height = judgement.height;
        report.transactions = judgement.transactions;
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        report.acknowledged = count(records.acknowledged.len());
        report.open = count(records.open.len());
        report.expired = count(records.expired.len());
        report.contests = records.contests;
        for what in judgement.violations {
            // What was found before is still so.
            let is_known = self
                .report
                .violations
                .iter()
                .any(|known| known.what == what);
            if !is_known {
                self.violation(what);
            }
        }
    }

    fn violation(&mut self, what: String) {
        let round = self.report.rounds.last().map_or(0, |round| round.number);
        let round = round + u64::from(self.load.is_some());
        self.report.violations.push(Violation { round, what });
    }

    /// Where every node stands, for the message of a violation.
    async fn states(&self) -> String {
        let mut states = Vec::new();
        for (index, client) in self.cluster.clients().iter().enumerate() {
            let state = match client.status().await {
                Ok(status) => format!(
                    "height {}, lag {}, ready {}, pool {}",
                    status.height, status.lag_blocks, status.is_ready, status.pool_transactions
                ),
                Err(error) => error.to_string(),
            };
            states.push(format!("node {}: {state}", index + 1));
        }
        states.join("; ")
    }
}
