//! Reporting what is wrong with a delivery, answering, and settling.

use rand_core::Rng as _;
use serde::{Deserialize, Serialize};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::random::system_random;
use theriac_ledger::action::{
    ActionBody, CancelShipment, Decommission, DecommissionReason, Receive, ReceiveExceptionReason,
    Reject, RejectReason,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::record::PackStatus;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::exceptions::{CASE_MESSAGES_MAX, count_case};
use theriac_records::repository::packs::SpanRecord;
use utoipa::ToSchema;

use super::resolve::sets_of_spans;
use super::{After, Desk, Plan, Planned, storage_problem};
use crate::exception::Resolution;
use crate::exception::case::{Side, State};
use crate::exception::message::{Content, Message, Note};
use crate::exception::view::{Case, find_case};
use crate::faults::Faults;

mod read;

pub use read::read_case;
use read::{find_deliverer, read_named_shipment};
pub(crate) use read::{read_lines, read_note, read_resolution};

/// Things of which one thing is wrong: by their codes, or by batch and number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportLineBody {
    /// `short` (also `data_without_product`), `over`, `damaged`, `wrong`, `suspect`, `product_without_data` or
    /// `mismatch`.
    #[schema(example = "product_without_data")]
    pub kind: String,
    /// What a scanner read from packs or units, in any GS1 form; they need not be on record.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Or a product.
    #[serde(default)]
    pub gtin: Option<String>,
    /// Its batch.
    #[serde(default)]
    pub lot: Option<String>,
    /// How many packs of it.
    #[serde(default)]
    pub count: Option<u32>,
}

/// What is wrong with what came from whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportBody {
    /// Who delivered it: an account in hexadecimal, or the GLN of its premises. Not needed with `shipment`.
    #[serde(default)]
    pub to: Option<String>,
    /// The shipment it came with, in hexadecimal.
    #[serde(default)]
    pub shipment: Option<String>,
    /// What is wrong.
    pub lines: Vec<ReportLineBody>,
    /// What is to be done: `send_new_data`, `send_product`, `return_product`, `send_back_product`,
    /// `credit_account` or `debit_account`.
    #[schema(example = "send_new_data")]
    pub resolution: String,
    /// For people; at most 2,000 bytes. It goes to the other party alone.
    #[serde(default)]
    pub note: Option<String>,
}

/// An answer to the other side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    /// `accept` what the other side stands for, `reject` it, or `propose` something else.
    #[schema(example = "accept")]
    pub response: String,
    /// What is proposed.
    #[serde(default)]
    pub resolution: Option<String>,
    /// For people; at most 2,000 bytes.
    #[serde(default)]
    pub note: Option<String>,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementBody {
    /// What was done, in the words of a report: `send_new_data`, `send_product`, `return_product`, `send_back_product`,
    /// `credit_account` or `debit_account`.
    #[schema(example = "credit_account")]
    pub resolution: String,
    /// The sender of packs that were not received takes them out of supply as well: `missing` or `damaged`.
    #[serde(default)]
    pub decommission: Option<String>,
    /// The shipment with which it was done, for a case that has no rest.
    #[serde(default)]
    pub shipment: Option<String>,
    /// For people; at most 2,000 bytes.
    #[serde(default)]
    pub note: Option<String>,
}

/// Plans to report what is wrong with a delivery.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn report(desk: &Desk, body: &ReportBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let resolution = read_resolution(&mut faults, &body.resolution);
    let note = read_note(&mut faults, body.note.as_deref());
    let (to, shipment) = find_deliverer(desk, &mut faults, body).await?;
    let lines = read_lines(desk, &mut faults, "lines", &body.lines);
    let read = to.zip(resolution).zip(note).zip(lines);
    let (((to, resolution), note), lines) = faults.finish(read)?;
    let words = format!("report {} exceptions to {to}", lines.len());
    let content = Content::Report {
        shipment,
        lines,
        resolution,
    };
    Ok(Plan::of(say(desk, to, content, note, words)))
}

/// Plans to answer the other side of a case.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn answer(desk: &Desk, id: &str, body: &AnswerBody) -> Result<Plan, Problem> {
    let case = open_case(desk, id).await?;
    let mut faults = Faults::new();
    let note = read_note(&mut faults, body.note.as_deref());
    let proposed = body
        .resolution
        .as_deref()
        .map(|word| read_resolution(&mut faults, word));
    let other = case.standing.of(case.own_side.other());
    let resolution = match (body.response.as_str(), proposed) {
        ("accept", None) => {
            if other.is_none() {
                let detail = "the other side stands for nothing that could be accepted: propose";
                faults.add("response", "nothing_to_accept", detail);
            }
            other
        }
        ("reject", None) => None,
        ("propose", Some(proposed)) => proposed,
        ("propose", None) => {
            faults.add("resolution", "missing", "say what you propose");
            None
        }
        ("accept" | "reject", Some(_)) => {
            let detail = "accept and reject name no resolution: propose one instead";
            faults.add("resolution", "contradiction", detail);
            None
        }
        (word, _) => {
            let detail = format!("{word:?} is none of accept, reject, propose");
            faults.add("response", "word_invalid", detail);
            None
        }
    };
    let note = faults.finish(note)?;
    let words = format!("answer case {}: {}", case.id, body.response);
    let content = Content::Answer {
        case: case.id,
        resolution,
    };
    Ok(Plan::of(say(
        desk,
        case.other_party(),
        content,
        note,
        words,
    )))
}

/// Plans to settle a case: the act on the ledger that does what was agreed, where there is one, and word of it.
///
/// # Errors
///
/// A problem that says why, and what to do instead.
pub async fn settle(desk: &Desk, id: &str, body: &SettlementBody) -> Result<Plan, Problem> {
    let case = open_case(desk, id).await?;
    let mut faults = Faults::new();
    let note = read_note(&mut faults, body.note.as_deref());
    let resolution = read_resolution(&mut faults, &body.resolution);
    let shipment = match &body.shipment {
        None => None,
        Some(text) => read_named_shipment(desk, &mut faults, &case, text).await?,
    };
    let reason: Option<DecommissionReason> = body
        .decommission
        .as_deref()
        .and_then(|word| faults.word("decommission", word, &["missing", "damaged"]));
    if body.decommission.is_some() && (case.rest.is_none() || case.own_side == Side::Reporter) {
        let detail = "only the sender of packs that were not received can take them out of supply";
        faults.add("decommission", "not_the_sender", detail);
    }
    let (resolution, note) = faults.finish(resolution.zip(note))?;
    let mut plan = if let Some(rest) = case.rest {
        act_on_rest(desk, &case, rest, resolution, reason).await?
    } else {
        check_agreed(&case, resolution)?;
        Plan::default()
    };
    let words = format!("settle case {}: {}", case.id, resolution.word());
    let content = Content::Settlement {
        case: case.id,
        resolution,
        shipment,
    };
    let last = plan.actions.len().checked_sub(1);
    let settlement = Planned {
        after: last.map(After::Planned),
        ..say(desk, case.other_party(), content, note, words)
    };
    plan.actions.push(settlement);
    Ok(plan)
}

/// A message that goes with a receipt: what the addressee would have done about what it does not receive.
pub(crate) fn say_of_rest(
    desk: &Desk,
    to: AccountId,
    shipment: ShipmentId,
    resolution: Option<Resolution>,
    note: Note,
) -> Planned {
    let words = format!("tell the sender of shipment {shipment} what is to be done");
    let content = Content::Answer {
        case: shipment.0,
        resolution,
    };
    say(desk, to, content, note, words)
}

/// A report that goes with a receipt.
pub(crate) fn say_report(desk: &Desk, to: AccountId, content: Content, note: Note) -> Planned {
    say(
        desk,
        to,
        content,
        note,
        format!("report exceptions to {to}"),
    )
}

fn say(desk: &Desk, to: AccountId, content: Content, note: Note, words: String) -> Planned {
    let mut salt = [0; 32];
    system_random().fill_bytes(&mut salt);
    let message = Message {
        salt,
        from: desk.account,
        to,
        content,
        note,
    };
    Planned {
        message: Some(message.record()),
        ..Planned::new(message.anchor(), words)
    }
}

/// The act that does to a rest what is to be done. Who may sign it follows from who holds what: the addressee
/// receives or refuses a rest, its sender takes it back.
async fn act_on_rest(
    desk: &Desk,
    case: &Case,
    rest: ShipmentId,
    resolution: Resolution,
    decommission: Option<DecommissionReason>,
) -> Result<Plan, Problem> {
    use Resolution::{DebitAccount, SendProduct};
    let is_kept = matches!(resolution, SendProduct | DebitAccount);
    match case.own_side {
        Side::Reporter if is_kept => {
            let except = BoundedList::empty();
            let action = ActionBody::Receive(Receive {
                shipment: rest,
                except,
            });
            Ok(Plan::of(Planned::new(action, format!("receive {rest}"))))
        }
        Side::Reporter => {
            let reason = reject_reason(case);
            let action = ActionBody::Reject(Reject {
                shipment: rest,
                reason,
            });
            Ok(Plan::of(Planned::new(action, format!("refuse {rest}"))))
        }
        Side::Respondent if is_kept => {
            let detail = format!(
                "{} is done when the addressee receives the rest, not by its sender",
                resolution.word()
            );
            Err(Problem::new(ProblemCode::Conflict, detail).with_hint(
                "propose it with an answer; the addressee settles the case by receiving",
            ))
        }
        Side::Respondent => take_back(desk, rest, decommission).await,
    }
}

/// Takes a rest back, and its packs out of supply where asked.
async fn take_back(
    desk: &Desk,
    rest: ShipmentId,
    decommission: Option<DecommissionReason>,
) -> Result<Plan, Problem> {
    let action = ActionBody::CancelShipment(CancelShipment { shipment: rest });
    let mut plan = Plan::of(Planned::new(action, format!("take {rest} back")));
    let Some(reason) = decommission else {
        return Ok(plan);
    };
    let inside = find_contents(&desk.database, Container::Shipment(rest))
        .await
        .map_err(|error| storage_problem(&error))?;
    // Only what is in hand can be written off; one pack that was would keep all others in supply.
    let in_hand =
        |span: &SpanRecord| matches!(span.status, PackStatus::Active | PackStatus::Locked);
    let spans: Vec<SpanRecord> = inside.spans.into_iter().filter(in_hand).collect();
    if spans.is_empty() {
        return Ok(plan);
    }
    let count: u64 = spans.iter().map(|span| u64::from(span.count)).sum();
    let mut faults = Faults::new();
    let packs: Option<PackSets> = sets_of_spans(&spans, &mut faults);
    let packs = faults.finish(packs)?;
    let words = format!("take {count} packs out of supply");
    plan.actions.push(Planned {
        after: Some(After::Planned(0)),
        ..Planned::new(
            ActionBody::Decommission(Decommission { packs, reason }),
            words,
        )
    });
    Ok(plan)
}

fn reject_reason(case: &Case) -> RejectReason {
    let reasons: Vec<ReceiveExceptionReason> = case.items.iter().map(|item| item.reason).collect();
    let is_all = |reason| reasons.iter().all(|found| *found == reason);
    if is_all(ReceiveExceptionReason::Short) {
        RejectReason::NotArrived
    } else if is_all(ReceiveExceptionReason::Damaged) {
        RejectReason::Damaged
    } else if is_all(ReceiveExceptionReason::Suspect) {
        RejectReason::Suspect
    } else if is_all(ReceiveExceptionReason::Wrong) {
        RejectReason::NotOrdered
    } else {
        RejectReason::Other
    }
}

/// Refuses to settle alone what both must agree on.
fn check_agreed(case: &Case, resolution: Resolution) -> Result<(), Problem> {
    let other = case.standing.of(case.own_side.other());
    if other == Some(resolution) {
        return Ok(());
    }
    let stands_for = other.map_or("nothing", Resolution::word);
    let detail = format!(
        "the other side stands for {stands_for}, not for {}: nobody settles a case alone",
        resolution.word()
    );
    Err(Problem::new(ProblemCode::Conflict, detail).with_hint(
        "propose it with an answer and wait, or settle with what the other side stands for",
    ))
}

async fn open_case(desk: &Desk, id: &str) -> Result<Case, Problem> {
    let case = find_case(desk, id).await?;
    if case.standing.state == State::Settled {
        let detail = format!("case {} is settled", case.id);
        return Err(Problem::new(ProblemCode::Conflict, detail)
            .with_hint("report anew what is wrong still"));
    }
    let count = count_case(&desk.database, &case.id, &desk.account)
        .await
        .map_err(|error| storage_problem(&error))?;
    if count >= CASE_MESSAGES_MAX {
        let detail =
            format!("the case has {count} messages of yours, as many as a party may write");
        return Err(Problem::new(ProblemCode::Conflict, detail).with_hint("settle it by telephone"));
    }
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_ledger::action::{Purpose, ReceiveException};
    use theriac_ledger::pack_set::PackRange;
    use theriac_ledger::testing::{Actor, packs};

    use crate::testing::{TestDesk, run};

    #[tokio::test]
    async fn what_of_a_rest_is_not_in_hand_does_not_keep_the_others_in_supply() {
        let mut test = TestDesk::new(91, 10).await;
        let way = (Actor::Maker, Actor::Distributor);
        let shipment = test.ship(way, Purpose::Supply, &[(0, 5)], Vec::new()).await;
        test.receive(Actor::Distributor, shipment).await;
        let damaged = Decommission {
            packs: packs(run(), &[(1, 1)]),
            reason: DecommissionReason::Damaged,
        };
        test.act(Actor::Distributor, damaged).await;
        let back = (Actor::Distributor, Actor::Maker);
        let shipment = test
            .ship(back, Purpose::Return, &[(0, 4)], Vec::new())
            .await;
        let short = ReceiveException {
            packs: packs(run(), &[(0, 3)]),
            units: BoundedList::empty(),
            reason: ReceiveExceptionReason::Short,
        };
        let except = BoundedList::new(vec![short]).unwrap();
        test.act(Actor::Maker, Receive { shipment, except }).await;
        let body = SettlementBody {
            resolution: "credit_account".to_owned(),
            decommission: Some("missing".to_owned()),
            shipment: None,
            note: None,
        };
        let desk = test.of(Actor::Distributor);
        let plan = settle(&desk, &shipment.to_string(), &body).await.unwrap();
        let ActionBody::Decommission(action) = &plan.actions[1].body else {
            panic!("the rest is written off");
        };
        let ranges: Vec<PackRange> = action.packs[0].ranges.iter().copied().collect();
        let one = |first| PackRange { first, count: 1 };
        assert_eq!(ranges, [one(0), one(2)]);
        for planned in plan.actions {
            test.act(Actor::Distributor, planned.body).await;
        }
    }
}
