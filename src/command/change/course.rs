//! The course of a change, as far as one signer brings it.

use serde_json::json;
use theriac_client::wire::ChangeAnswer;
use theriac_ledger::action::{ActionBody, ApproveChange, EnactChange, ProposeChange};
use theriac_ledger::change::Change;
use theriac_ledger::identifier::ChangeId;
use theriac_ledger::record::{ChangePublic, ChangeState};

use super::member::{Member, SignerOptions};
use super::words;
use crate::arguments::OutputForm;
use crate::output;

/// Pages of changes looked through for one that is open already.
const PAGES_MAX: usize = 8;

/// A signer, and how it tells what it does.
pub(crate) struct Course {
    pub(crate) member: Member,
    is_dry: bool,
    form: OutputForm,
}

impl Course {
    pub(crate) fn open(options: &SignerOptions, form: OutputForm) -> anyhow::Result<Self> {
        Ok(Self {
            member: Member::open(options)?,
            is_dry: options.dry_run,
            form,
        })
    }

    /// Proposes a change.
    pub(crate) async fn propose(&self, change: Change) -> anyhow::Result<Option<ChangeId>> {
        let action = ProposeChange {
            change: change.clone(),
        };
        let id = self.sign(action, "propose", Some(&change)).await?;
        Ok(id.map(|id| ChangeId::of_proposal(&id)))
    }

    /// Puts a change into force.
    pub(crate) async fn enact(&self, id: &ChangeId) -> anyhow::Result<()> {
        let record = self.member.reader.record(id).await?;
        let action = EnactChange {
            id: *id,
            change: record.change.clone(),
        };
        self.sign(action, "enact", Some(&record.change)).await?;
        Ok(())
    }

    /// Brings a change as far as this signer can: proposes it unless it is proposed, approves it where that
    /// counts, and enacts it as soon as nothing is missing.
    pub(crate) async fn decide(&self, change: Change) -> anyhow::Result<()> {
        let open = self.find_open(&change).await?;
        let id = match open {
            None => match self.propose(change.clone()).await? {
                Some(id) => id,
                None => return Ok(()),
            },
            Some(known) => {
                self.approve_unless_done(&known).await?;
                known.id
            }
        };
        if self.is_dry {
            return Ok(());
        }
        let answer = self.member.reader.answer_soon(&id).await?;
        if let Some(missing) = missing(&answer) {
            return self.tell_missing(&answer, &missing);
        }
        self.enact(&id).await
    }

    async fn approve_unless_done(&self, record: &ChangePublic) -> anyhow::Result<()> {
        let key = self.member.key.public_key();
        let is_done = record.approvals.iter().any(|approval| approval.key == key);
        if !is_done && record.authority == theriac_ledger::record::ChangeAuthority::Authorities {
            let action = ApproveChange { id: record.id };
            self.sign(action, "approve", Some(&record.change)).await?;
        }
        Ok(())
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
    pub(crate) async fn sign(
        &self,
        body: impl Into<ActionBody>,
        verb: &str,
        change: Option<&Change>,
    ) -> anyhow::Result<Option<theriac_ledger::identifier::TransactionId>> {
        let body = body.into();
        let said = change.map(words::describe).unwrap_or_default();
        let key = self.member.key.public_key();
        if self.is_dry {
            let value = json!({ "dry_run": true, "would": verb, "words": said, "signer": key });
            let mut rows = vec![("would", verb.to_owned()), ("signed by", key.to_string())];
            rows.extend(said.iter().map(|line| ("", line.clone())));
            output::result(self.form, &value, &rows)?;
            return Ok(None);
        }
        let id = self.member.submit(&body).await?;
        let named = match &body {
            ActionBody::ApproveChange(action) => action.id,
            ActionBody::EnactChange(action) => action.id,
            ActionBody::WithdrawChange(action) => action.id,
            _ => ChangeId::of_proposal(&id),
        };
        let value = json!({ "done": verb, "change": named, "words": said, "signer": key });
        let mut rows = vec![("done", verb.to_owned()), ("change", named.to_string())];
        rows.extend(said.iter().map(|line| ("", line.clone())));
        output::result(self.form, &value, &rows)?;
        Ok(Some(id))
    }

    fn tell_missing(&self, answer: &ChangeAnswer, missing: &str) -> anyhow::Result<()> {
        let id = answer.record.id;
        let value = json!({
            "change": id, "approvals": answer.approvals, "needed": answer.needed,
            "ready_at": answer.record.ready_at, "missing": missing,
        });
        let next = if answer.approvals < answer.needed {
            format!("another authority: theriac change approve … {id}")
        } else {
            format!("theriac change enact … {id}")
        };
        let rows = [("missing", missing.to_owned()), ("then", next)];
        output::result(self.form, &value, &rows)
    }
}

/// What a change still needs, in words; none where it can be enacted.
pub(crate) fn missing(answer: &ChangeAnswer) -> Option<String> {
    let record = &answer.record;
    if answer.approvals < answer.needed {
        return Some(format!(
            "{} of {} approvals; {} authorities may give one",
            answer.approvals, answer.needed, answer.authorities
        ));
    }
    if record.ready_at > answer.time {
        return Some(format!("it can be enacted from {} on", record.ready_at));
    }
    None
}
