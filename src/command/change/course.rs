//! The course of a change, as far as one signer brings it.

use serde::Serialize;
use theriac_client::wire::ChangeAnswer;
use theriac_crypto::PublicKey;
use theriac_ledger::action::{
    ActionBody, ApproveChange, EnactChange, ProposeChange, WithdrawChange,
};
use theriac_ledger::change::Change;
use theriac_ledger::identifier::{ChangeId, Timestamp, TransactionId};
use theriac_ledger::record::{ChangePublic, ChangeState};

use super::member::{Member, SignerOptions, refused};
use super::words;
use crate::arguments::OutputForm;
use crate::output;

/// Pages of changes looked through for one that is open already.
const PAGES_MAX: usize = 8;

const APPROVE: &str = "approve";

/// Codes of refusals of an approval whose signer has none to give, or whose organisation gave it with another key.
const COUNTS_FOR_NOTHING: [&str; 3] = ["already_approved", "needs_no_approval", "not_an_authority"];

/// A signer, and what it did.
pub(crate) struct Course {
    pub(crate) member: Member,
    is_dry: bool,
    form: OutputForm,
    told: Told,
}

/// What one command did, or would do: as JSON one value at its end, as text line by line.
#[derive(Debug, Default, Serialize)]
struct Told {
    /// The change; none where it would only be proposed.
    change: Option<ChangeId>,
    /// What was signed, in order; for a dry run what would be signed next.
    signed: Vec<&'static str>,
    dry_run: bool,
    signer: Option<PublicKey>,
    /// Why no approval of this signer counts, where one is missing.
    no_approval: Option<String>,
    /// What the change is, in words.
    words: Vec<String>,
    /// What it still needs; none where it is in force, or was not looked at.
    missing: Option<Missing>,
}

/// What a change still needs.
#[derive(Debug, Serialize)]
struct Missing {
    approvals: u32,
    needed: u32,
    ready_at: Timestamp,
    words: String,
}

impl Course {
    pub(crate) async fn open(options: &SignerOptions, form: OutputForm) -> anyhow::Result<Self> {
        let member = Member::open(options).await?;
        let told = Told {
            dry_run: options.dry_run,
            signer: Some(member.key.public_key()),
            ..Told::default()
        };
        Ok(Self {
            member,
            is_dry: options.dry_run,
            form,
            told,
        })
    }

    /// Proposes a change.
    pub(crate) async fn propose(mut self, change: Change) -> anyhow::Result<()> {
        self.sign_proposal(change).await?;
        self.finish()
    }

    /// Approves a change, and says what it lacks then.
    pub(crate) async fn approve(mut self, id: ChangeId) -> anyhow::Result<()> {
        let record = self.member.reader.record(&id).await?;
        self.sign(ApproveChange { id }, APPROVE, &record.change)
            .await?;
        if !self.is_dry {
            let answer = self.answer(&id).await?;
            let lacks = missing(&answer);
            self.tell_missing(&answer, lacks)?;
        }
        self.finish()
    }

    /// Takes a change back.
    pub(crate) async fn withdraw(mut self, id: ChangeId) -> anyhow::Result<()> {
        let record = self.member.reader.record(&id).await?;
        self.sign(WithdrawChange { id }, "withdraw", &record.change)
            .await?;
        self.finish()
    }

    /// Puts a change into force.
    pub(crate) async fn enact(mut self, id: ChangeId) -> anyhow::Result<()> {
        self.sign_enactment(id).await?;
        self.finish()
    }

    /// Brings a change as far as this signer can: proposes it unless it is proposed, approves it where that
    /// counts, and enacts it as soon as nothing is missing.
    pub(crate) async fn decide(mut self, change: Change) -> anyhow::Result<()> {
        let id = match self.find_open(&change).await? {
            None => self.sign_proposal(change).await?,
            Some(known) => {
                let has_approved = self.approve_where_it_counts(&known).await?;
                (!self.is_dry || !has_approved).then_some(known.id)
            }
        };
        match id {
            Some(id) => self.enact_or_tell(id).await?,
            None => self.say(&[("then", "enact, once nothing is missing".to_owned())])?,
        }
        self.finish()
    }

    async fn enact_or_tell(&mut self, id: ChangeId) -> anyhow::Result<()> {
        let answer = self.answer(&id).await?;
        match missing(&answer) {
            Some(lacks) => self.tell_missing(&answer, Some(lacks)),
            None => self.sign_enactment(id).await,
        }
    }

    /// A change as a node sees it that has what was signed here.
    async fn answer(&self, id: &ChangeId) -> anyhow::Result<ChangeAnswer> {
        let has_approved = !self.is_dry && self.told.signed.contains(&APPROVE);
        let key = has_approved.then(|| self.member.key.public_key());
        self.member.reader.answer_soon(id, key).await
    }

    /// The id of the change; none for a dry run.
    async fn sign_proposal(&mut self, change: Change) -> anyhow::Result<Option<ChangeId>> {
        let action = ProposeChange {
            change: change.clone(),
        };
        let id = self.sign(action, "propose", &change).await?;
        Ok(id.map(|id| ChangeId::of_proposal(&id)))
    }

    async fn sign_enactment(&mut self, id: ChangeId) -> anyhow::Result<()> {
        let record = self.member.reader.record(&id).await?;
        let change = record.change.clone();
        self.sign(EnactChange { id, change }, "enact", &record.change)
            .await?;
        Ok(())
    }

    /// Whether it approved, or would: an approval that nobody needs is not signed, and one that the ledger does not
    /// count is no failure.
    async fn approve_where_it_counts(&mut self, record: &ChangePublic) -> anyhow::Result<bool> {
        let key = self.member.key.public_key();
        let is_done = record.approvals.iter().any(|approval| approval.key == key);
        let answer = self.answer(&record.id).await?;
        if is_done || answer.approvals >= answer.needed {
            return Ok(false);
        }
        let action = ActionBody::from(ApproveChange { id: record.id });
        if !self.is_dry {
            match self.member.attempt(&action).await? {
                Ok(_) => {}
                Err(refusal) if COUNTS_FOR_NOTHING.contains(&&*refusal.code) => {
                    self.say(&[("no approval", refusal.detail.clone())])?;
                    self.told.no_approval = Some(refusal.detail);
                    return Ok(false);
                }
                Err(refusal) => return Err(refused(refusal)),
            }
        }
        self.note_signed(Some(record.id), APPROVE, &record.change)?;
        Ok(true)
    }

    /// The same change, proposed and still open.
    async fn find_open(&self, change: &Change) -> anyhow::Result<Option<ChangePublic>> {
        let node = self.member.reader.node().await?;
        let mut before = None;
        for _ in 0..PAGES_MAX {
            let page = node.changes(before.as_ref()).await?;
            for answer in &page.changes {
                let record = &answer.record;
                let is_open = record.state == ChangeState::Open && record.expires_at > answer.time;
                if is_open && record.change == *change {
                    // What is approved is what is proved, not what a node says.
                    return self.member.reader.record(&record.id).await.map(Some);
                }
            }
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        Ok(None)
    }

    /// Says in words what is signed, signs, sends, and waits until it is final; gives the transaction, or
    /// none for a dry run.
    async fn sign(
        &mut self,
        body: impl Into<ActionBody>,
        verb: &'static str,
        change: &Change,
    ) -> anyhow::Result<Option<TransactionId>> {
        let body = body.into();
        let named = match &body {
            ActionBody::ApproveChange(action) => Some(action.id),
            ActionBody::EnactChange(action) => Some(action.id),
            ActionBody::WithdrawChange(action) => Some(action.id),
            _ => None,
        };
        let transaction = if self.is_dry {
            None
        } else {
            Some(self.member.submit(&body).await?)
        };
        let id = named.or_else(|| transaction.as_ref().map(ChangeId::of_proposal));
        self.note_signed(id, verb, change)?;
        Ok(transaction)
    }

    /// Says what was signed, or would be.
    fn note_signed(
        &mut self,
        id: Option<ChangeId>,
        verb: &'static str,
        change: &Change,
    ) -> anyhow::Result<()> {
        self.told.change = id;
        self.told.signed.push(verb);
        let done = if self.is_dry { "would" } else { "done" };
        let mut rows = vec![(done, verb.to_owned())];
        rows.extend(id.map(|id| ("change", id.to_string())));
        if self.is_dry {
            rows.push(("signed by", self.member.key.public_key().to_string()));
        }
        rows.extend(self.say_once(change));
        self.say(&rows)
    }

    /// What the change is, for the first who asks.
    fn say_once(&mut self, change: &Change) -> Vec<(&'static str, String)> {
        if !self.told.words.is_empty() {
            return Vec::new();
        }
        self.told.words = words::describe(change);
        let lines = self.told.words.iter();
        lines.map(|line| ("", line.clone())).collect()
    }

    /// `lacks` is none for a change that anybody who has a part in it can enact now.
    fn tell_missing(&mut self, answer: &ChangeAnswer, lacks: Option<String>) -> anyhow::Result<()> {
        let id = answer.record.id;
        let enact = format!("theriac change enact … {id}");
        let next = if answer.approvals < answer.needed {
            format!("another authority: theriac change approve … {id}; the last one: {enact}")
        } else {
            enact
        };
        let mut rows = Vec::new();
        if self.told.signed.is_empty() {
            rows.push(("change", id.to_string()));
        }
        rows.extend(self.say_once(&answer.record.change));
        let words = lacks.clone();
        rows.push(("missing", words.unwrap_or_else(|| "nothing".to_owned())));
        rows.push(("then", next));
        self.say(&rows)?;
        self.told.change = Some(id);
        self.told.missing = lacks.map(|words| Missing {
            approvals: answer.approvals,
            needed: answer.needed,
            ready_at: answer.record.ready_at,
            words,
        });
        Ok(())
    }

    fn say(&self, rows: &[(&str, String)]) -> anyhow::Result<()> {
        match self.form {
            OutputForm::Json => Ok(()),
            OutputForm::Table => output::result(self.form, &self.told, rows),
        }
    }

    fn finish(self) -> anyhow::Result<()> {
        match self.form {
            OutputForm::Json => output::json(&self.told),
            OutputForm::Table => Ok(()),
        }
    }
}

/// What a change still needs, in words; none where it can be enacted.
pub(crate) fn missing(answer: &ChangeAnswer) -> Option<String> {
    let mut lacks = Vec::new();
    if answer.approvals < answer.needed {
        lacks.push(format!(
            "{} of {} approvals; {} authorities may give one",
            answer.approvals, answer.needed, answer.authorities
        ));
    }
    let ready_at = answer.record.ready_at;
    if ready_at > answer.time {
        lacks.push(format!("it can be enacted from {ready_at} on"));
    }
    (!lacks.is_empty()).then(|| lacks.join("; "))
}
