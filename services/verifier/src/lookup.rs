//! What the ledger says about a code: records of one committed state, judged.

mod item;
mod party;
mod unit;

use std::net::IpAddr;

use theriac_gs1::ScannedCode;
use theriac_ledger::action::Country;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::Account;
use theriac_ledger::state::State;
use theriac_ledger::state_key::StateKey;
use theriac_node::disputes::Subject;

pub(crate) use item::ItemFinding;
pub(crate) use party::{Party, party};
pub(crate) use unit::UnitFinding;

use crate::view::{Head, ReadError, find};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asker {
    /// Whether an API key was given: its holder learns the reasons.
    pub(crate) is_signed_in: bool,
    /// The account for which the key's holder works: it learns where the pack stands to it.
    pub(crate) account: Option<AccountId>,
    /// The address that it counts for.
    pub(crate) address: IpAddr,
}

/// What the ledger says.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// Of a pack or a lot.
    Item(Box<ItemFinding>),
    /// Of a handling unit.
    Unit(UnitFinding),
    /// The code is right in itself, but names neither pack, lot nor unit.
    Nothing {
        /// What is missing, and what to do.
        why: String,
    },
}

impl Finding {
    /// Whether the code names something that the ledger does not confirm.
    pub(crate) fn is_guess(&self) -> bool {
        !matches!(self, Self::Nothing { .. }) && !self.is_on_record()
    }

    /// The pack or unit on record, also where the code says something else of it.
    pub(crate) fn subject(&self) -> Option<Subject> {
        match self {
            Self::Item(item) => item.pack.as_ref().map(|pack| Subject::Pack(pack.location)),
            Self::Unit(unit) => unit.record.as_ref().map(|unit| Subject::Unit(unit.sscc)),
            Self::Nothing { .. } => None,
        }
    }

    /// Whether the ledger confirms what the code says.
    pub(crate) fn is_on_record(&self) -> bool {
        match self {
            Self::Item(item) => item.is_on_record(),
            Self::Unit(unit) => unit.record.is_some(),
            Self::Nothing { .. } => false,
        }
    }
}

/// Looks a code up. The state must not change meanwhile.
pub(crate) fn look_up(
    state: &dyn State,
    head: Head,
    code: &ScannedCode,
    asker: &Asker,
) -> Result<Finding, ReadError> {
    match (code.gtin, code.sscc) {
        (Some(gtin), _) => item::look_up(state, head, gtin, code, asker),
        (None, Some(sscc)) => unit::look_up(state, head, sscc, asker).map(Finding::Unit),
        (None, None) => Ok(Finding::Nothing {
            why: "The code names no product (01) and no unit (00). Scan the code with the batch \
                  and serial number of the pack."
                .to_owned(),
        }),
    }
}

/// The country in which an asker supplies; none when it is not known.
fn market(state: &dyn State, asker: &Asker) -> Result<Option<Country>, ReadError> {
    let Some(id) = asker.account else {
        return Ok(None);
    };
    let account: Option<Account> = find(state, &StateKey::account(&id), "account")?;
    Ok(account.map(|account| account.private.country))
}
