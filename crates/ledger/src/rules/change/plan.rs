//! What a change writes. A proposal makes the plan to see whether it could be enacted; an enactment
//! makes it again, and writes it.

use theriac_crypto::{Digest, PublicKey};

use super::{account, key, organisation, validator};
use crate::change::Change;
use crate::constants::PROTOCOL;
use crate::encoding::digest_of;
use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, OrganisationId};
use crate::record::{
    Account, ChangeAuthority, KeyRecord, Organisation, Parameters, ParametersRecord, PrefixBucket,
    Prefixes, SeatRecord, ValidatorsRecord,
};
use crate::rejection::MemberRejection;
use crate::state::State;
use crate::validator::ValidatorSet;

/// When the plan is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// What other changes may still bring about is not asked for.
    Proposal,
    /// Everything counts.
    Enactment,
}

/// The records that a change writes.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(super) organisation: Option<(OrganisationId, Organisation)>,
    pub(super) accounts: Vec<(AccountId, Account)>,
    pub(super) keys: Vec<(PublicKey, KeyRecord)>,
    pub(super) prefixes: Vec<(PrefixBucket, Prefixes)>,
    pub(super) seat: Option<(PublicKey, SeatRecord)>,
    pub(super) validators: Option<ValidatorSet>,
    pub(super) parameters: Option<Parameters>,
    /// The digest of what is replaced, where the change says what shall be instead of what shall be
    /// different.
    pub(super) replaces: Option<Digest>,
}

impl Plan {
    /// The digest of what is replaced.
    pub(crate) fn replaces(&self) -> Option<Digest> {
        self.replaces
    }

    /// Writes the records.
    pub(crate) fn write<S: State + ?Sized>(self, step: &mut Step<'_, S>) -> Result<(), Refusal> {
        if let Some((id, record)) = self.organisation {
            step.put(id, record)?;
        }
        for (id, record) in self.accounts {
            step.put(id, record)?;
        }
        for (key, record) in self.keys {
            step.put(key, record)?;
        }
        for (bucket, record) in self.prefixes {
            step.put(bucket, record)?;
        }
        if let Some((validator, seat)) = self.seat {
            step.put_public(validator, seat);
        }
        if let Some(public) = self.validators {
            let private = ();
            step.put_public((), ValidatorsRecord { public, private });
        }
        if let Some(public) = self.parameters {
            let private = ();
            step.put_public((), ParametersRecord { public, private });
        }
        Ok(())
    }
}

/// Makes the plan of a change.
pub(crate) fn plan<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    change: &Change,
    authority: ChangeAuthority,
    stage: Stage,
) -> Result<Plan, Refusal> {
    match change {
        Change::AdmitOrganisation(new) => organisation::admit(step, new),
        Change::SuspendOrganisation { organisation } => organisation::suspend(step, *organisation),
        Change::RestoreOrganisation { organisation } => organisation::restore(step, *organisation),
        Change::UpdateOrganisation(update) => organisation::update(step, update),
        Change::OpenAccount(opening) => account::open(step, opening),
        Change::CloseAccount { account } => account::close(step, *account),
        Change::ReopenAccount { account } => account::reopen(step, *account),
        Change::RegisterKey(new) => key::register(step, new),
        Change::RotateKey(rotation) => key::rotate(step, rotation, authority),
        Change::RetireKey { key } => key::retire(step, *key),
        Change::RevokeKey(revocation) => key::revoke(step, revocation),
        Change::AddValidator(new) => validator::add(step, new, stage),
        Change::RemoveValidator { validator } => validator::remove(step, *validator, stage),
        Change::UpdateSeat(update) => validator::update_seat(step, update),
        Change::SetParameters { parameters } => set_parameters(step, *parameters),
        Change::SetProtocol { protocol } => set_protocol(*protocol, stage),
    }
}

fn set_parameters<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    parameters: Parameters,
) -> Result<Plan, Refusal> {
    let present = super::parameters(step)?;
    Ok(Plan {
        parameters: Some(parameters),
        replaces: Some(digest_of("replaced", &present)),
        ..Plan::default()
    })
}

/// Members may agree on a version before their nodes know it; no node can move to one that it does not
/// know.
fn set_protocol(protocol: u32, stage: Stage) -> Result<Plan, Refusal> {
    if protocol <= PROTOCOL || stage == Stage::Enactment {
        return Err(MemberRejection::UnknownProtocol { protocol }.into());
    }
    Ok(Plan::default())
}
