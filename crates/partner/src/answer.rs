//! Bodies of answers that the services share.

use serde::{Deserialize, Serialize};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::ShipmentId;
use theriac_records::repository::drafts::{DraftRecord, DraftState, DraftSummary};
use theriac_records::repository::intents::{IntentError, IntentState};
use utoipa::ToSchema;

use crate::operation::Plan;
use crate::outbox::IntentStatus;

/// Actions of a draft that an answer puts into words.
const DRAFT_ACTIONS_MAX: usize = 100;
/// What to do while nothing is decided.
const KEPT: &str = "it is kept and sent until the ledger has decided; ask for the intent";
/// What to add to what is to be done about a refusal.
const ANEW: &str = "then send it with a new Idempotency-Key: this one stands for what was refused";

/// Where a transaction is on the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TransactionAnswer {
    /// Its id.
    pub id: String,
    /// Height of its block.
    pub height: u64,
    /// Index in the block, from 0.
    pub index: u32,
}

/// A run of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RunAnswer {
    /// Its number in the batch, from 0.
    pub number: u16,
    /// How many packs.
    pub count: u32,
}

/// The answer to a write: decided, or kept until it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WriteAnswer {
    /// The first intent of the request, by which to ask for it later.
    pub intent: String,
    /// Every intent, where the request needs several transactions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<String>,
    /// `final` or `pending`.
    #[schema(example = "final")]
    pub state: String,
    /// Why it is not final yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The transactions that are final.
    pub transactions: Vec<TransactionAnswer>,
    /// The product of a batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Packs that were brought into being.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// The batch's new runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<RunAnswer>,
    /// The unit that was packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sscc: Option<String>,
    /// Units made that packs were put into, in production order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// Units made that only units were put into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pallets: Vec<String>,
    /// The shipment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipment: Option<String>,
    /// The rest shipment, with what was not received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rest: Option<String>,
    /// The cases that it begins, answers or settles.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<String>,
}

/// The answer to a dry run. Nothing was stored or sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRunAnswer {
    /// Always true.
    pub dry_run: bool,
    /// What would be put on the ledger, in words.
    pub actions: Vec<String>,
}

/// A request that waits for a second person, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DraftAnswer {
    /// Its id.
    pub draft: String,
    /// `open`, `approved` or `declined`.
    #[schema(example = "open")]
    pub state: String,
    /// What it asks for: `batches`, `captures` or `recalls`.
    pub kind: String,
    /// What it would put on the ledger, in words; the first of them.
    pub actions: Vec<String>,
    /// How many actions there are.
    pub action_count: u64,
    /// Who made it.
    pub author: String,
    /// When, in UTC.
    pub created_at: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// When, in UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_at: Option<String>,
    /// What they wrote about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl From<DraftRecord> for DraftAnswer {
    fn from(record: DraftRecord) -> Self {
        DraftSummary::from(record).into()
    }
}

impl From<DraftSummary> for DraftAnswer {
    fn from(record: DraftSummary) -> Self {
        let state = match record.state {
            DraftState::Open => "open",
            DraftState::Approved => "approved",
            DraftState::Declined => "declined",
        };
        let action_count = u64::try_from(record.words.len()).unwrap_or(u64::MAX);
        Self {
            draft: record.id,
            state: state.to_owned(),
            kind: record.kind,
            actions: record.words.into_iter().take(DRAFT_ACTIONS_MAX).collect(),
            action_count,
            author: record.author,
            created_at: record.created_at.to_string(),
            decided_by: record.decided_by,
            decided_at: record.decided_at.map(|time| time.to_string()),
            note: record.note,
        }
    }
}

/// A document of events that was taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CapturedAnswer {
    /// The capture, which is also its job.
    pub capture: String,
    /// Where it stands.
    pub location: String,
}

/// What is answered with 200: everything is final; or, to a dry run, what would be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum DoneAnswer {
    /// Everything is on the ledger.
    Final(Box<WriteAnswer>),
    /// Nothing was done.
    DryRun(DryRunAnswer),
}

/// What is answered with 202: kept, to be sent; or, where the organisation asks for it, to be approved first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum KeptAnswer {
    /// Not decided yet.
    Pending(Box<WriteAnswer>),
    /// Waits for a second person.
    Draft(Box<DraftAnswer>),
}

/// A body and the status that goes with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Reply {
    /// 200: a dry run.
    DryRun(DryRunAnswer),
    /// 200: everything is final.
    Final(Box<WriteAnswer>),
    /// 202: not decided yet, and kept.
    Pending(Box<WriteAnswer>),
    /// 202: waits for a second person.
    Draft(Box<DraftAnswer>),
    /// 202: a document that will be read.
    Captured(CapturedAnswer),
}

impl Reply {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            Self::DryRun(_) | Self::Final(_) => 200,
            Self::Pending(_) | Self::Draft(_) | Self::Captured(_) => 202,
        }
    }
}

/// Why an intent was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntentProblemAnswer {
    /// The rule's stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The HTTP status that goes with it.
    pub status: u16,
}

/// Where an intent stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IntentAnswer {
    /// The intent.
    pub intent: String,
    /// `pending`, `sent`, `final` or `rejected`.
    #[schema(example = "final")]
    pub state: String,
    /// Its transaction, once final.
    pub transactions: Vec<TransactionAnswer>,
    /// Why it is not final yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<IntentProblemAnswer>,
    /// Why it was asked for, in the words of whoever did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
}

impl From<IntentError> for IntentProblemAnswer {
    fn from(error: IntentError) -> Self {
        Self {
            code: error.code,
            detail: error.detail,
            hint: error.hint,
            status: error.status,
        }
    }
}

impl From<IntentStatus> for IntentAnswer {
    fn from(status: IntentStatus) -> Self {
        let state = match status.state {
            IntentState::Pending => "pending",
            IntentState::Sent => "sent",
            IntentState::Final => "final",
            IntentState::Rejected => "rejected",
        };
        Self {
            transactions: transactions(std::slice::from_ref(&status)),
            intent: status.id,
            state: state.to_owned(),
            reason: status.reason,
            meaning: status.meaning,
            problem: status.problem.map(|problem| IntentProblemAnswer {
                code: problem.code,
                detail: problem.detail,
                hint: problem.hint,
                status: problem.status,
            }),
        }
    }
}

/// The answer to a dry run of a plan.
pub fn dry_run(plan: Plan) -> Reply {
    Reply::DryRun(DryRunAnswer {
        dry_run: true,
        actions: plan
            .actions
            .into_iter()
            .map(|action| action.words)
            .collect(),
    })
}

/// The answer to a request whose intents stand so.
///
/// # Errors
///
/// The ledger's refusal as a problem, where one of the intents was refused.
pub fn reply(statuses: &[IntentStatus], named: WriteAnswer) -> Result<Reply, Problem> {
    if let Some(refused) = statuses.iter().find(|status| status.problem.is_some()) {
        return Err(refusal(refused, statuses));
    }
    let first = statuses.first().ok_or_else(|| {
        Problem::new(ProblemCode::Conflict, "the request's intents are gone")
            .with_hint("choose a new idempotency key")
    })?;
    let is_final = statuses.iter().all(IntentStatus::is_settled);
    let mut answer = WriteAnswer {
        intent: first.id.clone(),
        state: if is_final { "final" } else { "pending" }.to_owned(),
        transactions: transactions(statuses),
        ..named
    };
    if statuses.len() > 1 {
        answer.intents = statuses.iter().map(|status| status.id.clone()).collect();
    }
    if !is_final {
        answer.reason = statuses.iter().find_map(|status| status.reason.clone());
        answer.hint = Some(KEPT.to_owned());
    }
    if let Some((id, _, _)) = first.transaction {
        answer.shipment = answer
            .shipment
            .map(|named| some_or(named, || ShipmentId::of_ship(&id).to_string()));
        answer.rest = answer.rest.map(|_| ShipmentId::of_rest(&id).to_string());
    } else {
        answer.shipment = answer.shipment.filter(|named| !named.is_empty());
        answer.rest = None;
    }
    let answer = Box::new(answer);
    Ok(if is_final {
        Reply::Final(answer)
    } else {
        Reply::Pending(answer)
    })
}

fn transactions(statuses: &[IntentStatus]) -> Vec<TransactionAnswer> {
    statuses
        .iter()
        .filter_map(|status| status.transaction)
        .map(|(id, height, index)| TransactionAnswer {
            id: id.to_string(),
            height,
            index,
        })
        .collect()
}

fn refusal(refused: &IntentStatus, all: &[IntentStatus]) -> Problem {
    let Some(problem) = &refused.problem else {
        return Problem::new(ProblemCode::Rejected("rejected"), "the ledger refused it");
    };
    let code = match problem.status {
        409 => ProblemCode::Conflicting("rejected"),
        _ => ProblemCode::Rejected("rejected"),
    };
    let done = all
        .iter()
        .filter(|status| status.transaction.is_some())
        .count();
    let mut detail = problem.detail.clone();
    if all.len() > 1 {
        detail = format!("{detail} ({done} of {} steps are on the ledger)", all.len());
    }
    let answer = Problem::new(code, detail).with_rule(&problem.code);
    match &problem.hint {
        Some(hint) => answer.with_hint(format!("{hint}; {ANEW}")),
        None => answer,
    }
}

fn some_or(text: String, other: impl FnOnce() -> String) -> String {
    if text.is_empty() { other() } else { text }
}

/// What an answer names besides its transactions, from the actions themselves. Shipments that are
/// named by their transaction stand there as empty texts, until [`reply`] knows it.
pub fn named<'a>(actions: impl IntoIterator<Item = &'a ActionBody>) -> WriteAnswer {
    let mut answer = WriteAnswer::default();
    let mut units = Vec::new();
    for action in actions {
        match action {
            ActionBody::CommissionRun(run) => {
                let count = u32::try_from(run.keys.len()).unwrap_or(u32::MAX);
                answer.gtin = Some(run.gtin.to_string());
                answer.lot = Some(run.lot.to_string());
                answer.count = Some(answer.count.unwrap_or(0).saturating_add(count.into()));
                answer.runs.push(RunAnswer {
                    number: run.number,
                    count,
                });
            }
            ActionBody::Pack(pack) => {
                let sscc = pack.sscc.to_string();
                units.push(sscc.clone());
                if pack.packs.is_empty() {
                    answer.pallets.push(sscc);
                } else {
                    answer.cases.push(sscc);
                }
            }
            ActionBody::Ship(_) => answer.shipment = Some(String::new()),
            ActionBody::Receive(receive) => {
                answer.shipment = Some(receive.shipment.to_string());
                if !receive.except.is_empty() {
                    answer.rest = Some(String::new());
                    answer.exceptions.push(receive.shipment.to_string());
                }
            }
            _ => {}
        }
    }
    if let [only] = units.as_slice() {
        answer.sscc = Some(only.clone());
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::IntentProblem;
    use theriac_crypto::Digest;
    use theriac_ledger::identifier::TransactionId;

    fn status(id: &str, state: IntentState) -> IntentStatus {
        let transaction =
            (state == IntentState::Final).then_some((TransactionId(Digest([1; 32])), 7, 0));
        IntentStatus {
            id: id.to_owned(),
            state,
            transaction,
            problem: None,
            reason: transaction
                .is_none()
                .then(|| "connection refused".to_owned()),
            meaning: None,
            body: None,
        }
    }

    fn shipped() -> WriteAnswer {
        let ship = theriac_ledger::action::Ship {
            to: theriac_ledger::identifier::AccountId(Digest([2; 32])),
            purpose: theriac_ledger::action::Purpose::Supply,
            packs: theriac_ledger::pack_set::PackSets::empty(),
            units: theriac_ledger::encoding::BoundedList::empty(),
        };
        named(&[ActionBody::Ship(ship)])
    }

    #[test]
    fn node_that_is_down_gives_a_kept_intent() {
        let statuses = [status("a", IntentState::Pending)];
        let Reply::Pending(answer) = reply(&statuses, shipped()).unwrap() else {
            panic!("nothing is final");
        };
        assert_eq!(answer.reason.as_deref(), Some("connection refused"));
        assert!(answer.hint.unwrap().starts_with("it is kept"));
        assert_eq!(answer.shipment, None);
    }

    #[test]
    fn final_shipment_is_named_by_its_transaction() {
        let statuses = [status("a", IntentState::Final)];
        let Reply::Final(answer) = reply(&statuses, shipped()).unwrap() else {
            panic!("everything is final");
        };
        assert_eq!(answer.shipment.unwrap(), "01".repeat(32));
        assert_eq!(answer.transactions[0].height, 7);
    }

    #[test]
    fn refusal_keeps_the_rules_code_and_says_how_far_it_came() {
        let refused = IntentStatus {
            problem: Some(IntentProblem {
                code: "lot_recalled".to_owned(),
                detail: "the lot is recalled".to_owned(),
                hint: Some("quarantine it".to_owned()),
                status: 409,
            }),
            ..status("b", IntentState::Rejected)
        };
        let statuses = [status("a", IntentState::Final), refused];
        let body = reply(&statuses, WriteAnswer::default())
            .unwrap_err()
            .body(None);
        assert_eq!((body.status, body.code.as_str()), (409, "lot_recalled"));
        assert!(body.detail.contains("1 of 2 steps"), "{}", body.detail);
        let hint = body.hint.unwrap();
        assert!(hint.starts_with("quarantine it; then"), "{hint}");
    }
}
