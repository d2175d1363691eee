//! Who holds a pack or a unit, in words.

use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{Account, Organisation};
use theriac_ledger::state::State;
use theriac_ledger::state_key::StateKey;

use crate::view::{ReadError, find, get};

/// An account, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// The account.
    pub(crate) account: AccountId,
    /// Legal name of its organisation.
    pub(crate) organisation: String,
    /// Name of its premises.
    pub(crate) name: String,
}

/// The names behind an account.
pub(crate) fn party(state: &dyn State, id: AccountId) -> Result<Party, ReadError> {
    let account: Account = get(state, &StateKey::account(&id), "account")?;
    let owner = StateKey::organisation(&account.private.organisation);
    let organisation: Option<Organisation> = find(state, &owner, "organisation")?;
    Ok(Party {
        account: id,
        organisation: organisation
            .map(|organisation| organisation.public.legal_name.to_string())
            .unwrap_or_default(),
        name: account.private.name.to_string(),
    })
}
