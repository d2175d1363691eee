//! What people and machines ask of a service, turned into actions for the ledger.
//!
//! Each operation reads a request, looks up what it names in the read model, and plans the actions.
//! It stores nothing: the outbox does, all of a plan or nothing of it. Whether an action is legal is
//! for the ledger to say; a plan refuses only what cannot be said on the ledger at all.

pub mod batch;
pub(crate) mod dispensed;
pub mod exception;
pub(crate) mod foresight;
pub mod packing;
pub mod product;
pub mod recall;
pub mod receipt;
pub mod repacking;
pub(crate) mod resolve;
pub(crate) mod saleable;
pub mod shipment;
pub mod status;
pub mod unpacking;

use theriac_gs1::SerialNumber;
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::{AccountId, OrganisationId, Timestamp};
use theriac_records::repository::exceptions::NewMessage;
use theriac_records::repository::intents::{NewCaptured, NewEvent};
use theriac_records::repository::members::{OrganisationRecord, find_organisation};
use theriac_records::{Database, StorageError};

/// One action that a plan puts on the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The action.
    pub body: ActionBody,
    /// What it does, in words.
    pub words: String,
    /// What must be final before this one is sent.
    pub after: Option<After>,
    /// Earlier places in the plan that must be final before, too.
    pub also_after: Vec<usize>,
    /// Serial numbers of a new run, in production order.
    pub serials: Option<Vec<SerialNumber>>,
    /// The notice of a recall, of which the ledger holds the digest.
    pub notice: Option<String>,
    /// The message to a partner that it puts on record.
    pub message: Option<NewMessage>,
    /// Why, in the words of whoever asks.
    pub meaning: Option<String>,
    /// The event behind it, where somebody else wrote one.
    pub event: Option<NewEvent>,
    /// The events of a captured document that stand behind it.
    pub captured: Option<NewCaptured>,
}

/// What an action waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum After {
    /// The action at this place in the plan.
    Planned(usize),
    /// An intent that was stored before.
    Stored(String),
}

impl Planned {
    /// An action that waits for no other.
    pub fn new(body: ActionBody, words: impl Into<String>) -> Self {
        Self {
            body,
            words: words.into(),
            after: None,
            also_after: Vec::new(),
            serials: None,
            notice: None,
            message: None,
            meaning: None,
            event: None,
            captured: None,
        }
    }
}

/// What an operation puts on the ledger, in the order in which it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The actions.
    pub actions: Vec<Planned>,
}

impl Plan {
    /// A plan of one action.
    pub fn of(action: Planned) -> Self {
        Self {
            actions: vec![action],
        }
    }
}

/// For whom operations are planned, and with what.
#[derive(Clone, Debug)]
pub struct Desk {
    /// The read model.
    pub database: Database,
    /// The account that signs.
    pub account: AccountId,
    /// Its organisation.
    pub organisation: OrganisationId,
    /// The time, for the century of dates in codes.
    pub clock: SharedClock,
}

impl Desk {
    /// The present year.
    pub fn year(&self) -> u16 {
        Timestamp(self.clock.now_ms()).year()
    }

    /// The organisation that signs.
    ///
    /// # Errors
    ///
    /// A problem when the database fails or does not know it.
    pub async fn own_organisation(&self) -> Result<OrganisationRecord, Problem> {
        find_organisation(&self.database, &self.organisation)
            .await
            .map_err(|error| storage_problem(&error))?
            .ok_or_else(|| {
                Problem::new(
                    ProblemCode::NotReady,
                    "the members of the ledger are not known here yet",
                )
            })
    }
}

/// A database error as the caller sees it: what to tell the operator, and nothing internal.
pub fn storage_problem(error: &StorageError) -> Problem {
    if let StorageError::TooMany { .. } = error {
        return Problem::new(ProblemCode::InvalidInput, error.to_string()).with_hint(error.hint());
    }
    let code = if error.is_temporary() {
        ProblemCode::StorageUnavailable
    } else {
        ProblemCode::Internal
    };
    let hint = error.hint();
    Problem::hidden(code, error).with_hint(hint)
}
