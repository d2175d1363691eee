//! Records in the form of answers.

use serde::Serialize;
use serde_json::Value;
use theriac_ledger::record::LotState;
use theriac_records::repository::containers::Holder;
use theriac_records::repository::lots::LotRecord;
use theriac_records::repository::provenance::{History, ProvenanceEvent};

use crate::body::{EventBody, HolderBody, LotBody, PartyBody};
use crate::state::Names;

pub(super) fn holder(names: &Names, holder: &Holder) -> HolderBody {
    HolderBody {
        party: names.party(&holder.account),
        direct: holder.is_direct,
        units: holder.units.iter().map(ToString::to_string).collect(),
        shipment: holder.shipment.map(|id| id.to_string()),
        addressee: holder.addressee.map(|account| names.party(&account)),
    }
}

pub(super) fn lot(names: &Names, lot: &LotRecord) -> LotBody {
    let (state, recall) = match lot.state {
        LotState::Open => ("open", None),
        LotState::Closed => ("closed", None),
        LotState::Recalled { class, since, .. } => ("recalled", Some((class as u8, since))),
    };
    LotBody {
        gtin: lot.gtin.to_string(),
        lot: lot.lot.to_string(),
        manufacturer: names.organisation(&lot.manufacturer),
        expiry: lot.expiry.to_string(),
        manufactured: lot.manufactured.to_string(),
        state: state.to_owned(),
        recall_class: recall.map(|(class, _)| class),
        recalled_at: recall.map(|(_, since)| since.to_string()),
        runs: lot.runs,
    }
}

pub(super) fn events(history: History) -> Vec<EventBody> {
    history.events.into_iter().map(event).collect()
}

/// What to know of a history some of whose events are disputed.
pub(super) fn dispute(history: &History) -> Option<String> {
    let all = history.events.len();
    let is_disputed = |event: &&ProvenanceEvent| event.transaction.is_disputed;
    let count = history.events.iter().filter(is_disputed).count();
    (count > 0).then(|| {
        format!(
            "{count} of {all} events shown are disputed: their keys were revoked, and others may have held \
             them by then; these events stand, ask the accounts whether they made them"
        )
    })
}

fn event(event: ProvenanceEvent) -> EventBody {
    let transaction = event.transaction;
    EventBody {
        height: transaction.height,
        index: transaction.index,
        time: transaction.time.to_string(),
        kind: transaction.kind,
        transaction: transaction.id.to_string(),
        signer: transaction.signer.to_string(),
        party: PartyBody {
            account: transaction.account.to_string(),
            organisation: transaction.organisation_name,
            name: transaction.account_name,
        },
        summary: transaction.summary,
        disputed: transaction.is_disputed,
        via: event.via.iter().map(value).collect(),
    }
}

/// A record as JSON.
pub(super) fn value(record: &impl Serialize) -> Value {
    serde_json::to_value(record).expect("records hold only texts, numbers and lists")
}
