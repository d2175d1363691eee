//! What is disputed about a pack or a unit, in words, for signed-in callers.

use theriac_node::disputes::{Dispute, Disputes, Subject};

use super::body::{DisputeBody, DisputedEventBody, VerifyAnswer};
use crate::lookup::{Party, party};
use crate::view::{ProvenState, ReadError};

/// Where more happened than one answer looks at.
const PARTIAL: &str = "More happened to it than was looked at for disputed events; the regulator's \
     provenance shows all of them.";

/// Adds what is disputed. Code, colour and verdict stay as they are, since a thief with a key could
/// otherwise stop every pack that its account ever touched; a good answer says what to do first.
pub(crate) fn tell(
    body: &mut VerifyAnswer,
    state: &dyn ProvenState,
    subject: &Subject,
) -> Result<(), ReadError> {
    let Disputes { found, is_partial } = state.disputes(subject)?;
    if is_partial {
        body.notes.push(PARTIAL.to_owned());
    }
    if found.is_empty() {
        return Ok(());
    }
    let events = found
        .iter()
        .map(|dispute| Ok(event(dispute, party(state, dispute.account)?)))
        .collect::<Result<Vec<_>, ReadError>>()?;
    let dispute = words(subject, events);
    if body.exit == 0 {
        body.action.clone_from(&dispute.action);
    }
    body.disputed = Some(dispute);
    Ok(())
}

fn event(dispute: &Dispute, party: Party) -> DisputedEventBody {
    DisputedEventBody {
        height: dispute.height,
        index: dispute.index,
        time: dispute.time.to_string(),
        kind: dispute.action.to_owned(),
        transaction: dispute.id.to_string(),
        signer: dispute.key.to_string(),
        account: party.account.to_string(),
        organisation: party.organisation,
        name: party.name,
    }
}

fn words(subject: &Subject, events: Vec<DisputedEventBody>) -> DisputeBody {
    let what = match subject {
        Subject::Pack(_) => "pack",
        Subject::Unit(_) => "case or pallet",
    };
    let mut whose: Vec<&str> = events.iter().map(|event| &*event.organisation).collect();
    whose.sort_unstable();
    whose.dedup();
    let whose = whose.join(", ");
    let (count, are) = match events.len() {
        1 => ("One event".to_owned(), "is"),
        more => (format!("{more} events"), "are"),
    };
    DisputeBody {
        sentence: format!(
            "{count} of this {what} {are} disputed: a key of {whose} was stolen, and others may have held it \
             by then."
        ),
        action: format!(
            "Hold the {what}: do not dispense or pass it on until {whose} or the regulator has confirmed \
             what is disputed."
        ),
        events,
    }
}
