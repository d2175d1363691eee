//! Changes of the consortium: who may bring them about, and what they change.

use theriac_crypto::SigningKey;
use theriac_ledger::change::Change;
use theriac_ledger::execute::find_key;
use theriac_ledger::identifier::ChangeId;
use theriac_ledger::record::KeyRecord;
use theriac_ledger::testing::{Actor, Refused, TestLedger};

mod course;
mod keys;
mod organisations;
mod parameters;
mod recovery;
mod validators;

fn code<T: std::fmt::Debug>(outcome: Result<T, Refused>) -> &'static str {
    outcome.unwrap_err().code()
}

fn authority(ledger: &TestLedger, number: usize) -> SigningKey {
    ledger.consortium.authority_key(number)
}

fn suspension(ledger: &TestLedger, actor: Actor) -> Change {
    Change::SuspendOrganisation {
        organisation: ledger.consortium.organisation(actor),
    }
}

/// Proposed by the first authority and approved by as many as are named.
fn approved(ledger: &mut TestLedger, change: &Change, others: &[usize]) -> ChangeId {
    let id = ledger.propose(&authority(ledger, 0), change).unwrap();
    for number in others {
        ledger.approve(&authority(ledger, *number), id).unwrap();
    }
    id
}

fn key_record(ledger: &TestLedger, key: &SigningKey) -> KeyRecord {
    let record = find_key(&ledger.state, &key.public_key()).unwrap();
    KeyRecord::clone(&record.unwrap())
}
