//! Messages that come in from partners' services.

use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::{ShipmentId, Timestamp};
use theriac_records::repository::exceptions::{Received, find_message, receive_message};
use theriac_records::repository::shipments::{ShipmentRecord, find_shipment};

use super::message::{Content, Message};
use crate::operation::{Desk, storage_problem};

/// Keeps a message for this account. Whoever brings it: it counts because its author's account has put its
/// digest on record, and for the parties of its case alone. Bringing it again changes nothing.
///
/// # Errors
///
/// A problem that says why it is not taken.
pub async fn take(desk: &Desk, bytes: &[u8]) -> Result<(), Problem> {
    let message = Message::decode(bytes)
        .map_err(|error| Problem::new(ProblemCode::InvalidInput, error.to_string()))?;
    if message.to != desk.account {
        let detail = "the message is for another account";
        return Err(Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("check the address of the addressee's service"));
    }
    check_parties(desk, &message).await?;
    let now = Timestamp(desk.clock.now_ms());
    let received = receive_message(&desk.database, now, &message.record())
        .await
        .map_err(|error| storage_problem(&error))?;
    match received {
        Received::Stored | Received::Known => Ok(()),
        Received::NotAnchored => Err(unknown(format!(
            "account {} has not put the digest of this message on record",
            message.from
        ))),
        Received::CaseFull => Err(Problem::new(
            ProblemCode::Conflict,
            "its author has written as many messages in the case as a party may write",
        )
        .with_hint("settle it by telephone")),
    }
}

/// Refuses what is about a case or a shipment of others, or of one that is not known here.
async fn check_parties(desk: &Desk, message: &Message) -> Result<(), Problem> {
    let between = |one, other| {
        (one, other) == (message.from, message.to) || (other, one) == (message.from, message.to)
    };
    let case = match &message.content {
        Content::Report { shipment, .. } => {
            // Who reports got it from whom it is told.
            let delivered =
                |found: &ShipmentRecord| (found.from, found.to) == (message.to, message.from);
            return check_shipment(desk, *shipment, delivered).await;
        }
        Content::Settlement { case, shipment, .. } => {
            let is_between = |found: &ShipmentRecord| between(found.from, found.to);
            check_shipment(desk, *shipment, is_between).await?;
            *case
        }
        Content::Answer { case, .. } => *case,
    };
    let storage = |error| storage_problem(&error);
    let opening = find_message(&desk.database, &case).await.map_err(storage)?;
    let is_known = match opening {
        Some(opening) => {
            opening.message.opens && between(opening.message.author, opening.message.addressee)
        }
        None => find_shipment(&desk.database, &ShipmentId(case))
            .await
            .map_err(storage)?
            .is_some_and(|shipment| between(shipment.from, shipment.to)),
    };
    if is_known {
        return Ok(());
    }
    let detail = format!("no case {case} between these two accounts is known here");
    Err(unknown(detail))
}

/// Refuses the name of a shipment that is not one between the parties as it has to be.
async fn check_shipment(
    desk: &Desk,
    named: Option<ShipmentId>,
    is_theirs: impl Fn(&ShipmentRecord) -> bool,
) -> Result<(), Problem> {
    let Some(id) = named else {
        return Ok(());
    };
    let found = find_shipment(&desk.database, &id)
        .await
        .map_err(|error| storage_problem(&error))?;
    match found {
        None => Err(unknown(format!("no shipment {id} is known here"))),
        Some(found) if is_theirs(&found) => Ok(()),
        Some(_) => {
            let detail = format!("shipment {id} did not go between these two accounts that way");
            Err(Problem::new(ProblemCode::InvalidInput, detail)
                .with_hint("a report names a shipment that its author got from its addressee"))
        }
    }
}

/// What may be known in a moment: the read model follows the chain.
fn unknown(detail: String) -> Problem {
    Problem::new(ProblemCode::NotFound, detail)
        .with_hint("send it again once the transaction that holds its digest is final")
}
