//! Who acts: the key, its account, its organisation.

use std::sync::Arc;

use theriac_crypto::PublicKey;

use crate::action::{ActionBody, Country, Purpose};
use crate::execute::{CheckedTransaction, Refusal, Step};
use crate::identifier::{AccountId, OrganisationId};
use crate::record::{Account, AccountState, KeyPurpose, KeyRecord, Organisation, Role, Standing};
use crate::rejection::SignerRejection;
use crate::state::State;

/// The account that a transaction acts for.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) key: PublicKey,
    /// For what the key signs: custody, or recovery.
    pub(crate) purpose: KeyPurpose,
    pub(crate) account: AccountId,
    pub(crate) organisation: OrganisationId,
    account_record: Arc<Account>,
    organisation_record: Arc<Organisation>,
}

impl Signer {
    /// Whether the account, and its organisation with it, has a role.
    pub(crate) fn has_role(&self, role: Role) -> bool {
        self.account_record.private.roles.contains(role)
            && self.organisation_record.public.roles.contains(role)
    }

    /// Demands a role.
    pub(crate) fn require_role(&self, role: Role) -> Result<(), SignerRejection> {
        if self.has_role(role) {
            return Ok(());
        }
        let account = self.account;
        Err(SignerRejection::MissingRole { role, account })
    }

    /// Country of the premises.
    pub(crate) fn country(&self) -> Country {
        self.account_record.private.country
    }

    /// The organisation's record.
    pub(crate) fn organisation_record(&self) -> &Organisation {
        &self.organisation_record
    }
}

/// Finds the signer of a transaction: key active for custody, or for recovery where it proposes, enacts or
/// takes back a change; account open, organisation in
/// standing or the action among those left to a suspended one.
pub(crate) fn authorise<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    transaction: &CheckedTransaction,
) -> Result<Signer, Refusal> {
    let key = transaction.signed().transaction.signer;
    let record = step
        .get::<KeyRecord>(&key)?
        .ok_or(SignerRejection::UnknownKey { key })?;
    let time = step.time();
    let is_active = |purpose| record.public.is_active_for(purpose, time);
    let body = transaction.body();
    let purpose = if is_active(KeyPurpose::Custody) {
        KeyPurpose::Custody
    } else if is_active(KeyPurpose::Recovery) && is_left_to_recovery(body) {
        KeyPurpose::Recovery
    } else {
        return Err(SignerRejection::KeyNotActive { key }.into());
    };
    let account = record.private.account;
    let account_record = step
        .get::<Account>(&account)?
        .ok_or_else(|| super::damaged("the account of a key"))?;
    if account_record.private.state != AccountState::Open {
        return Err(SignerRejection::AccountClosed { account }.into());
    }
    let organisation = account_record.private.organisation;
    let organisation_record = step
        .get::<Organisation>(&organisation)?
        .ok_or_else(|| super::damaged("the organisation of an account"))?;
    if organisation_record.public.standing != Standing::Good && !is_left_to_suspended(body) {
        let action = body.kind().name();
        return Err(SignerRejection::Suspended { action }.into());
    }
    Ok(Signer {
        key,
        purpose,
        account,
        organisation,
        account_record,
        organisation_record,
    })
}

fn is_left_to_recovery(body: &ActionBody) -> bool {
    matches!(
        body,
        ActionBody::ProposeChange(_) | ActionBody::EnactChange(_) | ActionBody::WithdrawChange(_)
    )
}

fn is_left_to_suspended(body: &ActionBody) -> bool {
    match body {
        ActionBody::Ship(action) => action.purpose != Purpose::Supply,
        ActionBody::CancelShipment(_)
        | ActionBody::Reject(_)
        | ActionBody::Unpack(_)
        | ActionBody::Lock(_)
        | ActionBody::Decommission(_) => true,
        _ => false,
    }
}
