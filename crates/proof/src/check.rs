//! Checking a bundle: named predicates, one after the other, and the verdict that they allow.
//!
//! Nothing here reads a clock: whoever checks gives the time and says how old a state may be.

use serde::{Deserialize, Serialize};
use theriac_ledger::block::Header;
use theriac_ledger::identifier::{ChainId, Height, Timestamp};
use theriac_ledger::record::{OrganisationPublic, ProductPublic};

use crate::bundle::{EVIDENCE_VERSION, EvidenceBundle, Question};
use crate::light::{LightError, Trust};
use crate::verdict::Verdict;

mod finding;

/// How far a header may be ahead of the caller's clock: validators allow 2 s, and clocks of phones
/// and tills are worse than theirs.
pub const CLOCK_DRIFT_MS_MAX: u64 = 60_000;

/// The caller's clock, and how old a state it accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Freshness {
    /// The caller's time.
    pub now: Timestamp,
    /// Age of the header above which the answer is stale.
    pub age_ms_max: u64,
}

/// What is checked, each under its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The evidence is about what was asked.
    Question,
    /// The evidence is of the known version.
    Version,
    /// Trust reaches the validators of the header.
    Validators,
    /// More than two thirds of them signed it.
    Commit,
    /// The product, or its absence.
    Product,
    /// Who made the lot.
    Maker,
    /// The lot, or its absence.
    Lot,
    /// The run, or all runs of the lot.
    Run,
    /// The pack's key in the run, or its absence from every run.
    Identity,
    /// The pack's state.
    Entry,
    /// The header is not older than the caller accepts, nor ahead of its clock.
    Fresh,
}

/// A check that held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its name.
    pub name: CheckName,
    /// What it showed, for people.
    pub shows: String,
}

/// What the evidence shows beside the verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct About {
    /// The product.
    pub product: Option<ProductPublic>,
    /// Who made the lot.
    pub maker: Option<OrganisationPublic>,
}

/// A bundle, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What may be believed.
    pub verdict: Verdict,
    /// The checks that held, in order; after a failed one there are no more.
    pub checks: Vec<Check>,
    /// The check that failed, if one did.
    pub failed: Option<CheckName>,
    /// What the proved records say of product and maker.
    pub about: About,
    /// The chain that is trusted.
    pub chain_id: ChainId,
    /// Height of the header.
    pub height: Height,
    /// Its time.
    pub as_of: Timestamp,
}

/// Checks a bundle for whoever asked `question`, against what is trusted, at the caller's time.
/// Evidence for another question is no evidence.
pub fn check_for(
    question: &Question,
    bundle: &EvidenceBundle,
    trust: &Trust,
    freshness: Freshness,
) -> Checked {
    check_asked(Some(question), bundle, trust, freshness)
}

/// Checks a bundle against what is trusted, at the caller's time. The question is the bundle's own:
/// whoever knows what was asked compares it, or calls [`check_for`].
pub fn check(bundle: &EvidenceBundle, trust: &Trust, freshness: Freshness) -> Checked {
    check_asked(None, bundle, trust, freshness)
}

fn check_asked(
    question: Option<&Question>,
    bundle: &EvidenceBundle,
    trust: &Trust,
    freshness: Freshness,
) -> Checked {
    let header = &bundle.head.header;
    let mut log = Log::default();
    let outcome = log
        .question(question, bundle)
        .and_then(|()| judge(&mut log, bundle, trust, freshness));
    let (verdict, failed) = match outcome {
        Ok(verdict) => (verdict, None),
        Err(Failed { name, why }) => {
            log.about = About::default();
            (Verdict::Invalid { why }, Some(name))
        }
    };
    Checked {
        verdict,
        checks: log.checks,
        failed,
        about: log.about,
        chain_id: *trust.chain(),
        height: header.height,
        as_of: header.time,
    }
}

fn judge(
    log: &mut Log,
    bundle: &EvidenceBundle,
    trust: &Trust,
    freshness: Freshness,
) -> Result<Verdict, Failed> {
    log.holds(CheckName::Version, is_known(bundle.version), |()| {
        format!("evidence of version {EVIDENCE_VERSION}")
    })?;
    let header = &bundle.head.header;
    let (start, mut trust) = (trust, trust.clone());
    // Only where trust starts decides what is past: a step that is there twice, or comes too late, is refused.
    for step in bundle.steps.iter().filter(|step| !start.is_past(step)) {
        let stepped = trust.step(step, freshness.now);
        stepped.map_err(|error| Failed::of_light(&error))?;
    }
    let signers = trust.verify(&bundle.head, freshness.now);
    let signers = signers.map_err(|error| Failed::of_light(&error))?;
    log.note(
        CheckName::Validators,
        match bundle.steps.len() {
            0 => "the validators that you trust sign this height".to_owned(),
            changes => format!("{changes} signed changes lead from the validators that you trust"),
        },
    );
    log.note(
        CheckName::Commit,
        format!(
            "{} of {} validators signed block {}",
            bundle.head.certificate.signatures.len(),
            signers.members().len(),
            header.height
        ),
    );
    let verdict = finding::judge(log, bundle)?;
    let age_ms = age_ms(header, freshness.now);
    let age_ms = age_ms.map_err(|error| Failed::new(CheckName::Fresh, &error))?;
    if age_ms > freshness.age_ms_max {
        return Ok(Verdict::Stale { age_ms });
    }
    log.note(
        CheckName::Fresh,
        format!("the block is {} s old", age_ms / 1_000),
    );
    Ok(verdict)
}

/// Another version of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the evidence has version {found}; this program knows {EVIDENCE_VERSION}")]
pub struct UnknownVersion {
    /// Version found.
    pub found: u16,
}

fn is_known(found: u16) -> Result<(), UnknownVersion> {
    if found == EVIDENCE_VERSION {
        Ok(())
    } else {
        Err(UnknownVersion { found })
    }
}

/// The header is ahead of the caller's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the block's time {time} is ahead of this clock, {now}: set the clock")]
pub struct FromTheFuture {
    /// The header's time.
    pub time: Timestamp,
    /// The caller's.
    pub now: Timestamp,
}

/// The age of a header on the caller's clock.
///
/// # Errors
///
/// [`FromTheFuture`], beyond [`CLOCK_DRIFT_MS_MAX`].
pub fn age_ms(header: &Header, now: Timestamp) -> Result<u64, FromTheFuture> {
    let time = header.time;
    if time > now.saturating_add(CLOCK_DRIFT_MS_MAX) {
        return Err(FromTheFuture { time, now });
    }
    Ok(now.0.saturating_sub(time.0))
}

/// A check that failed, and why.
struct Failed {
    name: CheckName,
    why: String,
}

impl Failed {
    fn new(name: CheckName, why: &impl std::fmt::Display) -> Self {
        let why = why.to_string();
        Self { name, why }
    }

    fn of_light(error: &LightError) -> Self {
        let name = match error {
            LightError::Certificate(_) | LightError::OtherBlock => CheckName::Commit,
            _ => CheckName::Validators,
        };
        Self::new(name, error)
    }
}

/// The checks that held so far, and what they showed.
#[derive(Default)]
struct Log {
    checks: Vec<Check>,
    about: About,
}

/// The evidence is about something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the evidence is about {found}, not about {asked}")]
struct OtherQuestion {
    asked: Question,
    found: Question,
}

impl Log {
    fn question(
        &mut self,
        asked: Option<&Question>,
        bundle: &EvidenceBundle,
    ) -> Result<(), Failed> {
        let found = bundle.question;
        match asked {
            Some(asked) if *asked != found => {
                let other = OtherQuestion {
                    asked: *asked,
                    found,
                };
                Err(Failed::new(CheckName::Question, &other))
            }
            Some(_) => {
                self.note(CheckName::Question, format!("it is about {found}"));
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn note(&mut self, name: CheckName, shows: String) {
        self.checks.push(Check { name, shows });
    }

    /// Notes a check that held, or ends with the one that did not.
    fn holds<T, E: std::fmt::Display>(
        &mut self,
        name: CheckName,
        outcome: Result<T, E>,
        shows: impl FnOnce(&T) -> String,
    ) -> Result<T, Failed> {
        let value = outcome.map_err(|error| Failed::new(name, &error))?;
        self.note(name, shows(&value));
        Ok(value)
    }
}
