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

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_crypto::Digest;
    use theriac_ledger::action::Purpose;
    use theriac_ledger::encoding::BoundedList;
    use theriac_ledger::testing::Actor;

    use crate::exception::message::{Line, Note};
    use crate::exception::{Kind, Resolution};
    use crate::testing::{TestDesk, item};

    fn message(test: &TestDesk, from: Actor, content: Content) -> Message {
        Message {
            salt: [1; 32],
            from: test.ledger.consortium.account(from),
            to: test.ledger.consortium.account(Actor::Maker),
            content,
            note: Note::default(),
        }
    }

    fn report(shipment: ShipmentId) -> Content {
        let line = Line {
            kind: Kind::Over,
            sscc: None,
            gtin: Some(item()),
            lot: None,
            serial: None,
            expiry: None,
            count: 1,
        };
        Content::Report {
            shipment: Some(shipment),
            lines: BoundedList::new(vec![line]).unwrap(),
            resolution: Resolution::CreditAccount,
        }
    }

    async fn taken(test: &TestDesk, message: &Message) -> Result<(), u16> {
        let taken = take(&test.of(Actor::Maker), &message.bytes()).await;
        taken.map_err(|problem| problem.code().status().as_u16())
    }

    #[tokio::test]
    async fn a_report_names_a_shipment_that_its_author_got_from_its_addressee() {
        let mut test = TestDesk::new(81, 10).await;
        let way = (Actor::Maker, Actor::Distributor);
        let shipment = test.ship(way, Purpose::Supply, &[(0, 3)], Vec::new()).await;
        let own = message(&test, Actor::Distributor, report(shipment));
        assert_eq!(taken(&test, &own).await, Err(404), "not on record yet");
        test.act(Actor::Distributor, own.anchor()).await;
        assert_eq!(taken(&test, &own).await, Ok(()));

        let foreign = message(&test, Actor::Pharmacy, report(shipment));
        test.act(Actor::Pharmacy, foreign.anchor()).await;
        assert_eq!(taken(&test, &foreign).await, Err(422));
        let unknown = ShipmentId(Digest([9; 32]));
        let unknown = message(&test, Actor::Distributor, report(unknown));
        test.act(Actor::Distributor, unknown.anchor()).await;
        assert_eq!(taken(&test, &unknown).await, Err(404));
    }

    #[tokio::test]
    async fn a_settlement_names_a_shipment_between_the_two_parties() {
        let mut test = TestDesk::new(82, 10).await;
        let mut sent = Vec::new();
        for (to, first) in [(Actor::Distributor, 0), (Actor::Pharmacy, 3)] {
            let way = (Actor::Maker, to);
            sent.push(
                test.ship(way, Purpose::Supply, &[(first, 3)], Vec::new())
                    .await,
            );
        }
        for (named, expected) in [(sent[1], Err(422)), (sent[0], Ok(()))] {
            let content = Content::Settlement {
                case: sent[0].0,
                resolution: Resolution::SendProduct,
                shipment: Some(named),
            };
            let said = message(&test, Actor::Distributor, content);
            test.act(Actor::Distributor, said.anchor()).await;
            assert_eq!(taken(&test, &said).await, expected);
        }
    }
}
