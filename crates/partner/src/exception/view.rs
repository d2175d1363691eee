//! Cases as a party sees them: the ledger's part and the messages, put together.

use serde::Serialize;
use theriac_crypto::Digest;
use theriac_http::paging::{PageQuery, cursor};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::ReceiveExceptionReason;
use theriac_ledger::identifier::{AccountId, ShipmentId, Timestamp};
use theriac_records::Sequence;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::exceptions::{
    MessageRecord, RestItem, RestThing, find_message, find_rest_of, list_messages, list_openings,
    list_rest_items, list_rests,
};
use theriac_records::repository::shipments::{ShipmentOutcome, ShipmentRecord};

use super::Kind;
use super::case::{DUE_MS, DUE_SUSPECT_MS, RestEnd, SettledBy, Side, Standing, State, judge};
use super::message::{Content, Line, Message};
use crate::faults::Faults;
use crate::operation::exception::read_case;
use crate::operation::{Desk, storage_problem};
use crate::view::Parties;

mod answer;

pub use answer::{
    CaseAnswer, CaseLineAnswer, CaseMessageAnswer, CasesAnswer, CasesQuery, SettlementAnswer,
};

/// Cases that are looked at together at least: where few are in the wanted state, many are passed over.
const STEP_MIN: u64 = 51;
/// Cases that one request judges at most; the next goes on where it ended.
const JUDGED_MAX: u32 = 1_000;

/// A case, read and judged.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: Digest,
    pub(crate) reporter: AccountId,
    pub(crate) respondent: AccountId,
    pub(crate) own_side: Side,
    /// The shipment it is about.
    pub(crate) shipment: Option<ShipmentId>,
    pub(crate) rest: Option<ShipmentId>,
    pub(crate) items: Vec<RestItem>,
    pub(crate) standing: Standing,
    opened_at: Option<Timestamp>,
    settled_at: Option<Timestamp>,
    messages: Vec<(MessageRecord, Message)>,
}

impl Case {
    /// The account on the other side.
    pub(crate) fn other_party(&self) -> AccountId {
        match self.own_side {
            Side::Reporter => self.respondent,
            Side::Respondent => self.reporter,
        }
    }
}

/// The cases to which the account is a party.
///
/// # Errors
///
/// A problem for unknown words, and when the database fails.
pub async fn cases(desk: &Desk, query: &CasesQuery) -> Result<CasesAnswer, Problem> {
    let mut faults = Faults::new();
    let wanted: Option<State> = query
        .state
        .as_deref()
        .and_then(|word| faults.word("state", word, &State::WORDS));
    faults.check()?;
    let page_query = PageQuery {
        cursor: query.cursor.clone(),
        limit: query.limit,
    };
    let limit = page_query.limit()?;
    let place: Option<(u64, u32)> = page_query.after()?;
    let mut before = place
        .map(|(height, index)| Sequence::new(height, index))
        .transpose()
        .map_err(|error| Problem::new(ProblemCode::InvalidQuery, error.to_string()))?;
    let mut answer = CasesAnswer {
        exceptions: Vec::new(),
        next: None,
    };
    let mut parties = Parties::default();
    let step = Ord::max(limit + 1, STEP_MIN);
    let mut judged = 0;
    loop {
        let page = page(desk, before, step).await?;
        if page.is_empty() {
            return Ok(answer);
        }
        for (sequence, id) in page {
            let case = read(desk, id).await?;
            let case =
                case.filter(|case| wanted.is_none_or(|wanted| wanted == case.standing.state));
            let is_full = u64::try_from(answer.exceptions.len()).is_ok_and(|count| count >= limit);
            if judged == JUDGED_MAX || (is_full && case.is_some()) {
                answer.next = before.map(|before| cursor(&(before.height(), before.index())));
                return Ok(answer);
            }
            judged += 1;
            before = Some(sequence);
            if let Some(case) = case {
                let told = tell(desk, &mut parties, case).await?;
                answer.exceptions.push(told);
            }
        }
    }
}

/// The next cases of both kinds, the newest first: whoever has fewer ends the page, so that none is passed over.
async fn page(
    desk: &Desk,
    before: Option<Sequence>,
    limit: u64,
) -> Result<Vec<(Sequence, Digest)>, Problem> {
    let rests = list_rests(&desk.database, &desk.account, before, limit)
        .await
        .map_err(|error| storage_problem(&error))?;
    let openings = list_openings(&desk.database, before, limit)
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut page: Vec<(Sequence, Digest)> = rests
        .iter()
        .filter_map(|rest| Some((rest.opened, rest.rest_of?.0)))
        .collect();
    page.extend(
        openings
            .iter()
            .filter_map(|opening| Some((opening.anchored?.0, opening.message.case))),
    );
    page.sort_unstable_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
    page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(page)
}

/// One case.
///
/// # Errors
///
/// A problem `not_found` where the account is no party of such a case.
pub async fn show(desk: &Desk, id: &str) -> Result<CaseAnswer, Problem> {
    let case = find_case(desk, id).await?;
    tell(desk, &mut Parties::default(), case).await
}

/// One case, read and judged.
pub(crate) async fn find_case(desk: &Desk, id: &str) -> Result<Case, Problem> {
    let id = read_case(id)?;
    read(desk, id).await?.ok_or_else(|| {
        let detail = format!("no exception {id} of yours is known here");
        Problem::new(ProblemCode::NotFound, detail)
            .with_hint("if it was reported a moment ago, try again in a few seconds")
    })
}

async fn read(desk: &Desk, id: Digest) -> Result<Option<Case>, Problem> {
    let storage = |error| storage_problem(&error);
    let rest = find_rest_of(&desk.database, &ShipmentId(id))
        .await
        .map_err(storage)?;
    let Some((reporter, respondent)) = parties_of(desk, id, rest.as_ref()).await? else {
        return Ok(None);
    };
    let own_side = if desk.account == reporter {
        Side::Reporter
    } else if desk.account == respondent {
        Side::Respondent
    } else {
        return Ok(None);
    };
    let messages = read_messages(desk, &id).await?;
    let (items, end) = match &rest {
        Some(rest) => {
            let items = list_rest_items(&desk.database, &rest.id)
                .await
                .map_err(storage)?;
            (items, Some(end_of(desk, rest).await?))
        }
        None => (Vec::new(), None),
    };
    let said = messages
        .iter()
        .filter(|(record, _)| record.anchored.is_some());
    let standing = judge(
        end.map(|end| end.map(|(end, _)| end)),
        said.map(|(_, message)| {
            let side = if message.from == reporter {
                Side::Reporter
            } else {
                Side::Respondent
            };
            (side, &message.content)
        }),
    );
    let opened_at = opened_at(rest.as_ref(), &messages);
    let end_at = end.flatten().and_then(|(_, at)| at);
    let settled_at = settled_at(&standing, end_at, &messages);
    let shipment = match &rest {
        Some(_) => Some(ShipmentId(id)),
        None => reported_shipment(&messages),
    };
    Ok(Some(Case {
        id,
        reporter,
        respondent,
        own_side,
        shipment,
        rest: rest.map(|rest| rest.id),
        items,
        standing,
        opened_at,
        settled_at,
        messages,
    }))
}

/// Reporter and respondent of a case.
async fn parties_of(
    desk: &Desk,
    id: Digest,
    rest: Option<&ShipmentRecord>,
) -> Result<Option<(AccountId, AccountId)>, Problem> {
    if let Some(rest) = rest {
        return Ok(Some((rest.to, rest.from)));
    }
    let opening = find_message(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?;
    let opening = opening.filter(|opening| opening.message.opens);
    Ok(opening.map(|opening| (opening.message.author, opening.message.addressee)))
}

type Said = [(MessageRecord, Message)];

fn opened_at(rest: Option<&ShipmentRecord>, messages: &Said) -> Option<Timestamp> {
    if let Some(rest) = rest {
        return Some(rest.opened_at);
    }
    let opening = messages.iter().find(|(one, _)| one.message.opens);
    let (_, at) = opening?.0.anchored?;
    Some(at)
}

fn settled_at(
    standing: &Standing,
    end_at: Option<Timestamp>,
    messages: &Said,
) -> Option<Timestamp> {
    match standing.settled_by? {
        SettledBy::Agreement(index) => Some(messages.get(index)?.0.anchored?.1),
        SettledBy::Ledger(_) => end_at,
    }
}

fn reported_shipment(messages: &Said) -> Option<ShipmentId> {
    messages
        .iter()
        .find_map(|(_, message)| match &message.content {
            Content::Report { shipment, .. } => *shipment,
            _ => None,
        })
}

async fn read_messages(desk: &Desk, id: &Digest) -> Result<Vec<(MessageRecord, Message)>, Problem> {
    let records = list_messages(&desk.database, id)
        .await
        .map_err(|error| storage_problem(&error))?;
    records
        .into_iter()
        .map(|record| {
            let message = Message::decode(&record.message.document)
                .map_err(|error| Problem::internal(&error))?;
            Ok((record, message))
        })
        .collect()
}

/// What became of a rest, and when; `None` while packs are in it on their way.
async fn end_of(
    desk: &Desk,
    rest: &ShipmentRecord,
) -> Result<Option<(RestEnd, Option<Timestamp>)>, Problem> {
    let end = match rest.outcome {
        ShipmentOutcome::Received => RestEnd::Received,
        ShipmentOutcome::Rejected => RestEnd::Rejected,
        ShipmentOutcome::Cancelled => RestEnd::Cancelled,
        ShipmentOutcome::Open => {
            let inside = find_contents(&desk.database, Container::Shipment(rest.id))
                .await
                .map_err(|error| storage_problem(&error))?;
            return Ok((inside.packs == 0).then_some((RestEnd::Emptied, None)));
        }
    };
    Ok(Some((end, rest.resolved_at)))
}

async fn tell(desk: &Desk, parties: &mut Parties, case: Case) -> Result<CaseAnswer, Problem> {
    let lines = lines_of(&case);
    let due = due_at(&case);
    let is_settled = case.standing.state == State::Settled;
    let now = Timestamp(desk.clock.now_ms());
    let settlement = case.standing.settled_by.map(|by| SettlementAnswer {
        by: match by {
            SettledBy::Ledger(end) => word(&end),
            SettledBy::Agreement(_) => "agreed".to_owned(),
        },
        resolution: case.standing.resolution.map(|one| one.word().to_owned()),
        at: case.settled_at.map(|at| at.to_string()),
    });
    Ok(CaseAnswer {
        exception: case.id.to_string(),
        state: word(&case.standing.state),
        own_side: word(&case.own_side),
        reporter: parties.find(desk, case.reporter).await?,
        respondent: parties.find(desk, case.respondent).await?,
        opened_at: case.opened_at.map(|at| at.to_string()),
        due_at: due.map(|at| at.to_string()),
        is_overdue: !is_settled && due.is_some_and(|due| due < now),
        shipment: case.shipment.map(|id| id.to_string()),
        rest: case.rest.map(|id| id.to_string()),
        lines,
        reporter_wants: case.standing.reporter.map(|one| one.word().to_owned()),
        respondent_wants: case.standing.respondent.map(|one| one.word().to_owned()),
        messages: case
            .messages
            .iter()
            .map(|(record, message)| message_answer(desk, &case, record, message))
            .collect(),
        settlement,
    })
}

fn due_at(case: &Case) -> Option<Timestamp> {
    let is_suspect = case
        .items
        .iter()
        .any(|item| item.reason == ReceiveExceptionReason::Suspect)
        || report_lines(case).any(|line| line.kind == Kind::Suspect);
    let time = if is_suspect { DUE_SUSPECT_MS } else { DUE_MS };
    case.opened_at.map(|at| at.saturating_add(time))
}

fn report_lines(case: &Case) -> impl Iterator<Item = &Line> {
    case.messages
        .iter()
        .filter_map(|(_, message)| match &message.content {
            Content::Report { lines, .. } => Some(lines.iter()),
            _ => None,
        })
        .flatten()
}

fn lines_of(case: &Case) -> Vec<CaseLineAnswer> {
    let empty = |kind: Kind, count| CaseLineAnswer {
        kind: kind.word().to_owned(),
        sscc: None,
        gtin: None,
        lot: None,
        serial: None,
        expiry: None,
        run: None,
        first: None,
        count,
    };
    let rest = case.items.iter().map(|item| match item.thing {
        RestThing::Unit(sscc) => CaseLineAnswer {
            sscc: Some(sscc.to_string()),
            ..empty(item.reason.into(), 1)
        },
        RestThing::Packs { run, range } => CaseLineAnswer {
            gtin: Some(run.gtin.to_string()),
            lot: Some(run.lot.to_string()),
            run: Some(run.number),
            first: Some(range.first),
            ..empty(item.reason.into(), range.count)
        },
    });
    let reported = report_lines(case).map(|line| CaseLineAnswer {
        sscc: line.sscc.map(|sscc| sscc.to_string()),
        gtin: line.gtin.map(|gtin| gtin.to_string()),
        lot: line.lot.map(|lot| lot.to_string()),
        serial: line.serial.map(|serial| serial.to_string()),
        expiry: line.expiry.map(|expiry| expiry.to_string()),
        ..empty(line.kind, line.count)
    });
    rest.chain(reported).collect()
}

fn message_answer(
    desk: &Desk,
    case: &Case,
    record: &MessageRecord,
    message: &Message,
) -> CaseMessageAnswer {
    let side = if message.from == case.reporter {
        Side::Reporter
    } else {
        Side::Respondent
    };
    let (kind, resolution, shipment) = match &message.content {
        Content::Report {
            resolution,
            shipment,
            ..
        } => ("report", Some(*resolution), *shipment),
        Content::Answer { resolution, .. } => ("answer", *resolution, None),
        Content::Settlement {
            resolution,
            shipment,
            ..
        } => ("settlement", Some(*resolution), *shipment),
    };
    let is_own = message.from == desk.account;
    CaseMessageAnswer {
        side: word(&side),
        kind: kind.to_owned(),
        resolution: resolution.map(|one| one.word().to_owned()),
        shipment: shipment.map(|id| id.to_string()),
        note: message.note.as_str().to_owned(),
        digest: record.message.digest.to_string(),
        at: record.anchored.map(|(_, at)| at.to_string()),
        delivered: is_own.then_some(record.delivered_at.is_some()),
        trouble: record.trouble.clone(),
    }
}

/// A value that is written as one word.
fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
