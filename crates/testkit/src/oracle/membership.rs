//! Who signs which height: by a naive reading of what the blocks before it enacted, that shares no code with
//! the ledger's rules, nor with those that nodes and clients follow sets by.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::PublicKey;
use theriac_ledger::action::ActionBody;
use theriac_ledger::change::{Change, NewKey};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{AccountId, ChangeId, OrganisationId};
use theriac_ledger::testing::Consortium;
use theriac_ledger::validator::{Validator, ValidatorSet};

use super::{Chain, Violation};

/// Judges a chain from genesis: each block is signed by more than two thirds of the set that the blocks before
/// it lead to, announces the set that it leads to itself, and enacts what enough of the authorities that sign
/// it have approved.
pub fn judge(consortium: &Consortium, anchor: &Anchor, chain: &Chain) -> Vec<Violation> {
    let mut members = Members::of(consortium, anchor);
    let mut found = Vec::new();
    for block in &chain.blocks {
        let height = block.header.height;
        let (set, digest) = (members.set.clone(), members.digest());
        let signed: Option<u64> = block
            .certificate
            .signatures
            .iter()
            .map(|one| set.get(&one.validator).copied())
            .sum();
        let total: u64 = set.values().sum();
        let is_quorum = signed.is_some_and(|signed| 3 * signed > 2 * total);
        if !is_quorum || block.header.validators != digest {
            found.push(Violation::OtherSet { height });
        }
        let authorities = members.authorities();
        for transaction in &block.transactions {
            let signer = transaction.signed.transaction.signer;
            let id = ChangeId::of_proposal(&transaction.id);
            if !members.follow(signer, id, &transaction.body, &authorities) {
                let id = transaction.id;
                found.push(Violation::Unapproved { height, id });
            }
        }
        if block.header.next_validators != members.digest() {
            found.push(Violation::OtherSet { height });
        }
        // What follows a wrong set says nothing more.
        if !found.is_empty() {
            break;
        }
    }
    found
}

/// Whether an action is about who belongs to the consortium.
pub(super) fn is_change(body: &ActionBody) -> bool {
    matches!(
        body,
        ActionBody::ProposeChange(_)
            | ActionBody::ApproveChange(_)
            | ActionBody::EnactChange(_)
            | ActionBody::WithdrawChange(_)
    )
}

/// What the blocks up to a height say of who belongs to the consortium.
struct Members {
    set: BTreeMap<PublicKey, u64>,
    organisations: BTreeMap<AccountId, OrganisationId>,
    /// The account of every key that was ever registered.
    accounts: BTreeMap<PublicKey, AccountId>,
    /// Who approved each change that was proposed.
    approvals: BTreeMap<ChangeId, BTreeSet<OrganisationId>>,
    /// The share of the authorities that decides who votes.
    share: (usize, usize),
}

impl Members {
    fn of(consortium: &Consortium, anchor: &Anchor) -> Self {
        let records = &consortium.records;
        let organisations = records.accounts.iter();
        let accounts = records.keys.iter();
        let set = anchor.validators.members().iter();
        let rule = anchor.parameters.voting.validators;
        Self {
            set: set.map(|member| (member.key, member.power)).collect(),
            organisations: organisations
                .map(|account| (account.id, account.organisation))
                .collect(),
            accounts: accounts.map(|key| (key.key, key.account)).collect(),
            approvals: BTreeMap::new(),
            share: (rule.numerator.into(), rule.denominator.into()),
        }
    }

    fn digest(&self) -> theriac_crypto::Digest {
        let members = self.set.iter();
        let members = members.map(|(key, power)| Validator {
            key: *key,
            power: *power,
        });
        // No set at all has no digest, which is another than any header has.
        ValidatorSet::new(members.collect())
            .map_or(theriac_crypto::Digest::ZERO, |set| set.digest())
    }

    fn organisation(&self, key: &PublicKey) -> Option<OrganisationId> {
        let account = self.accounts.get(key)?;
        self.organisations.get(account).copied()
    }

    fn authorities(&self) -> BTreeSet<OrganisationId> {
        let keys = self.set.keys();
        keys.filter_map(|key| self.organisation(key)).collect()
    }

    /// Takes down a transaction; whether it may be there, as far as it is about who votes.
    fn follow(
        &mut self,
        signer: PublicKey,
        id: ChangeId,
        body: &ActionBody,
        authorities: &BTreeSet<OrganisationId>,
    ) -> bool {
        let Some(organisation) = self.organisation(&signer) else {
            return !is_change(body);
        };
        match body {
            ActionBody::ProposeChange(_) => {
                self.approvals.insert(id, BTreeSet::from([organisation]));
            }
            ActionBody::ApproveChange(approval) => {
                let approvals = self.approvals.entry(approval.id).or_default();
                approvals.insert(organisation);
            }
            ActionBody::EnactChange(enacted) => {
                let approvals = self.approvals.remove(&enacted.id).unwrap_or_default();
                let approved = approvals.intersection(authorities).count();
                let (numerator, denominator) = self.share;
                let is_approved = approved * denominator >= authorities.len() * numerator;
                return self.enact(&enacted.change, is_approved);
            }
            _ => {}
        }
        true
    }

    /// Takes over a change; whether it may be made.
    fn enact(&mut self, change: &Change, is_approved: bool) -> bool {
        match change {
            Change::AdmitOrganisation(new) => {
                let accounts = new.accounts.iter();
                let accounts = accounts.map(|account| (account.account, new.organisation));
                self.organisations.extend(accounts);
                new.keys.iter().for_each(|key| self.register(key));
            }
            Change::RegisterKey(key) => self.register(key),
            Change::RotateKey(rotation) => self.register(&rotation.new),
            Change::AddValidator(new) => {
                self.accounts.insert(new.validator, new.account);
                self.set.insert(new.validator, new.power);
                return is_approved;
            }
            Change::RemoveValidator { validator } => {
                return self.set.remove(validator).is_some() && is_approved;
            }
            Change::SetParameters { parameters } => {
                let rule = parameters.voting.validators;
                self.share = (rule.numerator.into(), rule.denominator.into());
            }
            _ => {}
        }
        true
    }

    fn register(&mut self, key: &NewKey) {
        self.accounts.insert(key.key, key.account);
    }
}

#[cfg(test)]
mod tests;
