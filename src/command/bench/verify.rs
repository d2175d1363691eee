//! `theriac bench verify`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::Height;
use tokio::task::JoinSet;

use super::authorities::{Authorities, Service};
use super::codes::Codes;
use super::follower::NewFollower;
use super::measure::Latencies;
use super::report::{Floor, Report, Workload};
use super::usage;
use crate::command::demo::api::Api;
use crate::output;

/// Median of a check on the server, in milliseconds.
const CHECK_MS_FLOOR: f64 = 20.0;
const CHECK_MS_AIM: f64 = 5.0;

/// Answers with their evidence a second, for each core that the verifier is given.
const EVIDENCE_FLOOR: f64 = 500.0;
const EVIDENCE_AIM: f64 = 5_000.0;

/// With more packs on record than [`FEW_PACKS`], how much of that is left, in percent.
const MANY_PERCENT_FLOOR: f64 = 80.0;

/// Seconds in which a new node takes part.
const JOIN_S_FLOOR: f64 = 60.0;
const JOIN_S_AIM: f64 = 20.0;

/// How many packs are on record at least and at most.
pub(super) const PACKS: RangeInclusive<i64> = 1_000..=10_000_000;
/// With how many of them a bench of more begins.
const FEW_PACKS: u32 = 100_000;

/// Looks at whether the verifier has followed the chain: half an hour's worth.
const FOLLOW_LOOKS: u32 = 180;

/// Checks in flight in the concurrent workload.
const IN_FLIGHT: usize = 32;

/// Starts a verifier beside the authorities, lets it follow, and asks it.
pub(super) async fn run(
    authorities: &Authorities,
    packs: u32,
    only_evidence: bool,
    duration: Duration,
) -> anyhow::Result<Report> {
    let mut report = Report::begin(BTreeMap::from([
        ("packs", u64::from(packs)),
        ("seconds", duration.as_secs()),
        ("in_flight", u64::try_from(IN_FLIGHT)?),
    ]));
    let mut codes = Codes::begin(authorities).await?;
    let few = packs.min(FEW_PACKS);
    output::note(&format!("theriac bench: putting {few} packs on record …"));
    codes.record(few).await?;
    let mut service = authorities.service("verifier").await?;
    let mut asking = Asking::new(&service, codes, duration)?;
    let measured = async {
        if !only_evidence {
            asking.plain(&mut report).await?;
        }
        let begun = asking.evidence("verify_with_evidence", &mut report).await?;
        if packs > few {
            output::note(&format!("theriac bench: putting {packs} packs on record …"));
            asking.codes_mut()?.record(packs).await?;
            let more = asking.evidence("verify_among_many", &mut report).await?;
            judge(more, &mut report);
            report.floors.push(Floor::at_least(
                "of that with 100,000 packs on record, %",
                100.0 * more / begun,
                MANY_PERCENT_FLOOR,
                100.0,
            ));
            join(authorities, asking.codes.height, &mut report).await?;
        } else {
            judge(begun, &mut report);
        }
        report.figure(
            "memory of the verifier, MB",
            usage::resident_mb(asking.process)?,
        );
        Ok(())
    };
    let measured = tokio::select! {
        measured = measured => measured,
        failure = service.ended() => Err(failure),
    };
    service.stop().await;
    measured.map(|()| report.end())
}

/// Times a new node from an empty folder, by way of a snapshot, to the head of the chain.
async fn join(
    authorities: &Authorities,
    height: Height,
    report: &mut Report,
) -> anyhow::Result<()> {
    output::note("theriac bench: a new node joins from a snapshot …");
    let node = NewFollower::prepare(authorities, "joining")?;
    let watch = Stopwatch::start();
    node.join().await?;
    let joined = watch.elapsed().as_secs_f64();
    let track = node.run_to(height).await?;
    let ready = track.last().context("a new node was seen")?.after;
    report.figure(
        "of that until the snapshot is checked and stored, s",
        joined,
    );
    report.floors.push(Floor::at_most(
        "a new node joins from a snapshot and is ready, s",
        joined + ready.as_secs_f64(),
        JOIN_S_FLOOR,
        JOIN_S_AIM,
    ));
    Ok(())
}

fn judge(per_core: f64, report: &mut Report) {
    report.floors.push(Floor::at_least(
        "answers with evidence per core of the verifier, 1/s",
        per_core,
        EVIDENCE_FLOOR,
        EVIDENCE_AIM,
    ));
    report.note(
        "Per core: answers divided by the processor time of the verifier's process, which answers \
         over HTTP; client and authorities run on the same machine and are not counted.",
    );
}

/// Somebody who asks a verifier about packs on record.
#[derive(Debug)]
struct Asking {
    api: Api,
    process: u32,
    codes: Arc<Codes>,
    next: Arc<AtomicUsize>,
    duration: Duration,
}

impl Asking {
    fn new(service: &Service, codes: Codes, duration: Duration) -> anyhow::Result<Self> {
        Ok(Self {
            api: service.api.clone(),
            process: service.process()?,
            codes: Arc::new(codes),
            next: Arc::default(),
            duration,
        })
    }

    fn codes_mut(&mut self) -> anyhow::Result<&mut Codes> {
        Arc::get_mut(&mut self.codes).context("nobody asks meanwhile")
    }

    /// Answers without evidence, one after the other and many at once.
    async fn plain(&self, report: &mut Report) -> anyhow::Result<()> {
        self.catch_up().await?;
        output::note("theriac bench: asking the verifier …");
        let watch = Stopwatch::start();
        let latencies = check(&self.api, PLAIN, &self.codes, &self.next, self.duration).await?;
        let seconds = watch.elapsed().as_secs_f64();
        report.floors.push(Floor::at_most(
            "verify, median ms",
            latencies.median_ms(),
            CHECK_MS_FLOOR,
            CHECK_MS_AIM,
        ));
        let row = Workload::new("verify_sequential", seconds, 1.0, &latencies);
        report.workloads.push(row);
        let row = self.concurrently("verify_concurrent", PLAIN).await?;
        report.workloads.push(row);
        Ok(())
    }

    /// Answers with evidence; gives how many a second of the verifier's processor time.
    async fn evidence(&self, name: &'static str, report: &mut Report) -> anyhow::Result<f64> {
        self.catch_up().await?;
        self.warm_up().await?;
        output::note("theriac bench: asking the verifier for evidence …");
        let before = usage::processor_s(self.process)?;
        let row = self.concurrently(name, EVIDENCE).await?;
        let used = usage::processor_s(self.process)? - before;
        let per_core = row.answers()? / used;
        report.workloads.push(row);
        Ok(per_core)
    }

    /// Asks about a pack of each run: what is kept of a run is computed when it is first asked about,
    /// once for as long as the verifier runs.
    async fn warm_up(&self) -> anyhow::Result<()> {
        output::note("theriac bench: asking the verifier about each run once …");
        for run in 0..self.codes.runs() {
            ask(&self.api, EVIDENCE, run, &self.codes).await?;
        }
        Ok(())
    }

    /// Waits until the verifier has followed to the last of the packs.
    async fn catch_up(&self) -> anyhow::Result<()> {
        let (code, height) = (self.codes.code(0)?, self.codes.height);
        for _ in 1..FOLLOW_LOOKS {
            // Each looks for ten seconds.
            if self.api.verify(&code, height).await.is_ok() {
                return Ok(());
            }
            output::note("theriac bench: the verifier follows …");
        }
        self.api.verify(&code, height).await.map(|_| ())
    }

    /// Checks many packs at once.
    async fn concurrently(
        &self,
        name: &'static str,
        path: &'static str,
    ) -> anyhow::Result<Workload> {
        let watch = Stopwatch::start();
        let mut workers = JoinSet::new();
        for _ in 0..IN_FLIGHT {
            let (codes, next) = (Arc::clone(&self.codes), Arc::clone(&self.next));
            let (api, duration) = (self.api.clone(), self.duration);
            workers.spawn(async move { check(&api, path, &codes, &next, duration).await });
        }
        let mut latencies = Latencies::new()?;
        while let Some(part) = workers.join_next().await {
            latencies.add(&part??)?;
        }
        let seconds = watch.elapsed().as_secs_f64();
        Ok(Workload::new(name, seconds, 1.0, &latencies))
    }
}

/// Where codes are asked about, without evidence and with it.
const PLAIN: &str = "/verify";
const EVIDENCE: &str = "/verify?evidence=true";

/// Checks packs one after the other, each another one; every answer must be the right one.
async fn check(
    api: &Api,
    path: &str,
    codes: &Codes,
    next: &AtomicUsize,
    duration: Duration,
) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::new()?;
    let watch = Stopwatch::start();
    while watch.elapsed() < duration {
        // Far apart in each run, too.
        let number = next.fetch_add(7_919, Ordering::Relaxed);
        latencies.time(ask(api, path, number, codes)).await?;
    }
    Ok(latencies)
}

/// Asks about one pack.
async fn ask(api: &Api, path: &str, number: usize, codes: &Codes) -> anyhow::Result<()> {
    let body = serde_json::json!({ "code": codes.code(number)? });
    let answer = api.post("bench", path, &body).await?;
    ensure!(
        answer.body["answer"] == "ACTIVE"
            && answer.body["evidence"].is_object() == (path == EVIDENCE),
        "the verifier answered {}: {}",
        answer.status,
        answer.body
    );
    Ok(())
}
