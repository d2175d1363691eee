//! Checking a history: named checks, one after the other; the first that fails ends it.
//!
//! Nothing here reads a clock: whoever checks gives the time and says how old a state may be.

use serde::Serialize;
use theriac_crypto::PublicKey;
use theriac_gs1::{Gtin, SerialNumber};
use theriac_ledger::identifier::{AccountId, Height, PackKey, Timestamp, TransactionId};
use theriac_ledger::record::{EntryPublic, PackPlace, PackStatus};

use super::blocks::{check_headers, place_transactions};
use super::records::{check_steps, location, signers};
use super::replay::{Shown, check_carriers, check_nothing_else, check_pack, check_run};
use super::walk::{Story, Traced, walk};
use super::{HISTORY_VERSION, HistoryBundle};
use crate::bundle::{EntryEvidence, Finding, PackEvidence};
use crate::check::{self as evidence, Checked, Freshness};
use crate::light::Trust;
use crate::verdict::Verdict;

/// What is checked, each under its own name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryCheckName {
    /// The history is of the known version.
    Version,
    /// It is the history of the pack that was asked for.
    Question,
    /// What is on record of the pack is proved under a certified head.
    Evidence,
    /// The block of each transaction is certified.
    Headers,
    /// Each transaction is signed, and stands in its block.
    Transactions,
    /// For which account each key signs.
    Signers,
    /// The steps of every record lead to its history on record: none is missing, added or changed.
    Steps,
    /// The transactions of these steps tell the pack's story.
    Story,
    /// The story ends with what is on record of the pack.
    Pack,
    /// And with what is on record of the units and shipments that it is in.
    Carriers,
    /// There is nothing else in the bundle.
    NothingElse,
}

/// A check that held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryCheck {
    /// Its name.
    pub name: HistoryCheckName,
    /// What it showed, for people.
    pub shows: String,
}

/// What may be believed of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryVerdict {
    /// It is whole, up to the head's time.
    Complete,
    /// It is whole up to the head's time, which is longer ago than the caller accepts.
    Stale {
        /// Age of the head.
        age_ms: u64,
    },
    /// It proves nothing.
    Invalid {
        /// What failed.
        why: String,
    },
}

/// One transaction of a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEvent {
    /// Height of its block.
    pub height: Height,
    /// Its index in the block.
    pub index: u32,
    /// Time of the block.
    pub time: Timestamp,
    /// The kind of its action, such as `dispense`.
    pub action: &'static str,
    /// Its id.
    pub id: TransactionId,
    /// The key that signed it.
    pub signer: PublicKey,
    /// The account of that key.
    pub account: AccountId,
}

/// A history, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryChecked {
    /// What may be believed.
    pub verdict: HistoryVerdict,
    /// The checks that held, in order; after a failed one there are no more.
    pub checks: Vec<HistoryCheck>,
    /// The check that failed, if one did.
    pub failed: Option<HistoryCheckName>,
    /// What is on record of the pack; none where it was not looked at.
    pub evidence: Option<Checked>,
    /// Where the pack is; none where the history proves nothing.
    pub place: Option<PackPlace>,
    /// Every transaction of the history, oldest first; empty where it proves nothing.
    pub events: Vec<HistoryEvent>,
}

/// Checks a history for whoever asked for that of one pack. The history of another is none.
pub fn check_for(
    gtin: &Gtin,
    serial: &SerialNumber,
    bundle: &HistoryBundle,
    trust: &Trust,
    freshness: Freshness,
) -> HistoryChecked {
    Checking::new(bundle, trust, freshness).run(Some((gtin, serial)))
}

/// Checks a history against what is trusted, at the caller's time. The pack is the bundle's own:
/// whoever knows which one was asked for compares it, or calls [`check_for`].
pub fn check(bundle: &HistoryBundle, trust: &Trust, freshness: Freshness) -> HistoryChecked {
    Checking::new(bundle, trust, freshness).run(None)
}

/// A check that failed, and why.
struct Failed {
    name: HistoryCheckName,
    why: String,
}

/// What the checks led to.
struct Outcome {
    verdict: HistoryVerdict,
    place: PackPlace,
    events: Vec<HistoryEvent>,
}

/// Why a bundle is not about a pack in the one form that it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum QuestionError {
    #[error("the history has version {found}; this program knows {HISTORY_VERSION}")]
    Version { found: u16 },
    #[error("the history is not of the pack that was asked for")]
    OtherPack,
    #[error("a history asks for a pack by product and serial number alone")]
    Form,
    #[error("the evidence is not of a pack")]
    NoPack,
}

struct Checking<'b> {
    bundle: &'b HistoryBundle,
    trust: &'b Trust,
    freshness: Freshness,
    checks: Vec<HistoryCheck>,
    evidence: Option<Checked>,
}

impl<'b> Checking<'b> {
    fn new(bundle: &'b HistoryBundle, trust: &'b Trust, freshness: Freshness) -> Self {
        Self {
            bundle,
            trust,
            freshness,
            checks: Vec::new(),
            evidence: None,
        }
    }

    fn run(mut self, asked: Option<(&Gtin, &SerialNumber)>) -> HistoryChecked {
        let outcome = self.judge(asked);
        let (verdict, failed, place, events) = match outcome {
            Ok(outcome) => (outcome.verdict, None, Some(outcome.place), outcome.events),
            Err(Failed { name, why }) => (
                HistoryVerdict::Invalid { why },
                Some(name),
                None,
                Vec::new(),
            ),
        };
        HistoryChecked {
            verdict,
            checks: self.checks,
            failed,
            evidence: self.evidence,
            place,
            events,
        }
    }

    fn judge(&mut self, asked: Option<(&Gtin, &SerialNumber)>) -> Result<Outcome, Failed> {
        let bundle = self.bundle;
        self.holds(HistoryCheckName::Version, self.version(), |()| {
            format!("history of version {HISTORY_VERSION}")
        })?;
        let question = self.question(asked);
        let serial = self.holds(HistoryCheckName::Question, question, |serial| {
            let gtin = bundle.evidence.question.gtin;
            format!("the history of pack (01){gtin}(21){serial}")
        })?;
        let (verdict, pack) = self.evidence()?;
        let mut shown = self.shown(pack)?;
        let traced = Traced {
            location: location(bundle, pack),
            key: PackKey::new(&bundle.evidence.question.gtin, &serial),
            commissioned: bundle.run.step,
            steps: &bundle.entry.steps,
        };
        let story = walk(&mut shown, &traced);
        let story = self.holds(HistoryCheckName::Story, story, |story| {
            let (acts, units) = (story.acts.len(), story.units.len());
            let shipments = story.shipments.len();
            format!("{acts} transactions lead through {units} units and {shipments} shipments")
        })?;
        self.end(pack, &shown, &story)?;
        Ok(Outcome {
            verdict,
            place: story.pack.place,
            events: events(&story),
        })
    }

    fn version(&self) -> Result<(), QuestionError> {
        match self.bundle.version {
            HISTORY_VERSION => Ok(()),
            found => Err(QuestionError::Version { found }),
        }
    }

    fn question(
        &self,
        asked: Option<(&Gtin, &SerialNumber)>,
    ) -> Result<SerialNumber, QuestionError> {
        let question = &self.bundle.evidence.question;
        let serial = question.serial.ok_or(QuestionError::Form)?;
        if question.lot.is_some() || question.expiry.is_some() {
            return Err(QuestionError::Form);
        }
        if asked.is_some_and(|asked| asked != (&question.gtin, &serial)) {
            return Err(QuestionError::OtherPack);
        }
        Ok(serial)
    }

    fn evidence(&mut self) -> Result<(HistoryVerdict, &'b PackEvidence), Failed> {
        let bundle = self.bundle;
        let checked = evidence::check(&bundle.evidence, self.trust, self.freshness);
        let found = match (&checked.verdict, &bundle.evidence.finding) {
            (Verdict::Invalid { why }, _) => Err(why.clone()),
            (Verdict::Stale { age_ms }, Finding::Pack(pack)) => {
                Ok((HistoryVerdict::Stale { age_ms: *age_ms }, &**pack))
            }
            (_, Finding::Pack(pack)) => Ok((HistoryVerdict::Complete, &**pack)),
            _ => Err(QuestionError::NoPack.to_string()),
        };
        let shows = format!("what block {} has on record is proved", checked.height);
        self.evidence = Some(checked);
        self.holds(HistoryCheckName::Evidence, found, |_| shows)
    }

    /// Checks the parts, each by itself.
    fn shown(&mut self, pack: &PackEvidence) -> Result<Shown<'b>, Failed> {
        let bundle = self.bundle;
        let headers = check_headers(bundle, self.trust, self.freshness.now);
        self.holds(HistoryCheckName::Headers, headers, |()| {
            format!("{} blocks are certified", bundle.blocks.len())
        })?;
        let transactions = place_transactions(bundle, self.trust.chain());
        let transactions = self.holds(HistoryCheckName::Transactions, transactions, |all| {
            format!("{} transactions are signed and stand in them", all.len())
        })?;
        let accounts = self.holds(HistoryCheckName::Signers, signers(bundle), |all| {
            format!("{} keys sign for their accounts", all.len())
        })?;
        let steps = check_steps(bundle, pack);
        let steps = self.holds(HistoryCheckName::Steps, steps, |carriers| {
            let records = carriers.len().saturating_add(2);
            format!("no step of {records} records is missing, added or changed")
        })?;
        Ok(Shown {
            transactions,
            accounts,
            steps,
        })
    }

    /// Compares the end of the story with what is on record.
    fn end(&mut self, pack: &PackEvidence, shown: &Shown<'_>, story: &Story) -> Result<(), Failed> {
        let bundle = self.bundle;
        let entry = recorded(pack);
        let end = check_pack(bundle, &entry, story).and_then(|()| check_run(bundle, pack, story));
        self.holds(HistoryCheckName::Pack, end, |()| {
            format!("it ends where the pack is: {}", entry.status)
        })?;
        self.holds(
            HistoryCheckName::Carriers,
            check_carriers(bundle, story),
            |()| "and where its units and shipments are".to_owned(),
        )?;
        let rest = check_nothing_else(shown, story);
        self.holds(HistoryCheckName::NothingElse, rest, |()| {
            "nothing else is in the bundle".to_owned()
        })
    }

    /// Notes a check that held, or ends with the one that did not.
    fn holds<T, E: std::fmt::Display>(
        &mut self,
        name: HistoryCheckName,
        outcome: Result<T, E>,
        shows: impl FnOnce(&T) -> String,
    ) -> Result<T, Failed> {
        let value = outcome.map_err(|error| failed(name, &error))?;
        let shows = shows(&value);
        self.checks.push(HistoryCheck { name, shows });
        Ok(value)
    }
}

fn failed(name: HistoryCheckName, why: &impl std::fmt::Display) -> Failed {
    let why = why.to_string();
    Failed { name, why }
}

/// The entry's public part; the evidence has proved it.
fn recorded(pack: &PackEvidence) -> EntryPublic {
    match &pack.entry {
        EntryEvidence::Touched { entry, .. } => *entry,
        EntryEvidence::Untouched { .. } => EntryPublic {
            status: PackStatus::Active,
            since: pack.run.public.commissioned_at,
        },
    }
}

fn events(story: &Story) -> Vec<HistoryEvent> {
    story
        .acts
        .iter()
        .map(|((height, index), act)| HistoryEvent {
            height: *height,
            index: *index,
            time: act.time,
            action: act.body.kind().name(),
            id: act.id,
            signer: act.signer,
            account: act.account,
        })
        .collect()
}
