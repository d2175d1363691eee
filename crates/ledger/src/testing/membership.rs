//! Short ways to change a consortium: what joins it, and the course of a change.

use theriac_crypto::{Digest, Digester, PublicKey, SigningKey};
use theriac_gs1::{CompanyPrefix, Gln};

use super::{Refused, TestLedger};
use crate::action::{ApproveChange, Country, EnactChange, ProposeChange, WithdrawChange};
use crate::change::{Change, NewAccount, NewKey, NewOrganisation, NewValidator, Seat};
use crate::encoding::{BoundedList, BoundedText};
use crate::execute::validators;
use crate::identifier::{AccountId, ChainId, ChangeId, OrganisationId, TransactionId};
use crate::record::{KeyPurpose, Place, Role, Roles};
use crate::state::State as _;

/// 32 bytes that follow from a name.
pub fn named(name: &str) -> Digest {
    Digester::new("testing-membership")
        .chain(name.as_bytes())
        .finish()
}

/// A key that follows from a name.
pub fn named_key(name: &str) -> SigningKey {
    SigningKey::from_seed(&named(name).0)
}

/// An account of a name and one role, in Italy.
pub fn new_account(name: &str, role: Role) -> NewAccount {
    NewAccount {
        account: AccountId(named(&format!("account of {name}"))),
        gln: Gln::parse("9506008000000").expect("a GLN"),
        name: BoundedText::parse(name).expect("a short name"),
        place: Place {
            latitude: 454_400,
            longitude: 123_300,
        },
        country: Country::parse("IT").expect("a country"),
        roles: Roles::new(vec![role]).expect("one role"),
    }
}

/// A key with its proof.
pub fn new_key(
    chain: &ChainId,
    key: &SigningKey,
    account: AccountId,
    purposes: &[KeyPurpose],
) -> NewKey {
    let purposes = BoundedList::new(purposes.to_vec()).expect("few purposes");
    NewKey::prove(chain, key, account, purposes)
}

/// An organisation of a name and one role, with one account and its key [`named_key`] for custody and
/// requests.
pub fn new_organisation(
    chain: &ChainId,
    name: &str,
    role: Role,
    prefixes: &[&str],
) -> NewOrganisation {
    let account = new_account(name, role);
    let purposes = [KeyPurpose::Custody, KeyPurpose::Request];
    let key = new_key(chain, &named_key(name), account.account, &purposes);
    let prefixes = prefixes
        .iter()
        .map(|prefix| CompanyPrefix::parse(prefix).expect("a company prefix"));
    NewOrganisation {
        organisation: OrganisationId(named(name)),
        legal_name: account.name.clone(),
        roles: account.roles.clone(),
        licences: BoundedList::empty(),
        gs1_prefixes: BoundedList::new(prefixes.collect()).expect("few prefixes"),
        service_address: BoundedText::default(),
        accounts: BoundedList::new(vec![account]).expect("one account"),
        keys: BoundedList::new(vec![key]).expect("one key"),
    }
}

/// A seat whose network key follows from a name.
pub fn seat(name: &str) -> Seat {
    Seat {
        network_key: named_key(&format!("network key of {name}")).public_key(),
        peer_address: BoundedText::parse("127.0.0.1:8601").expect("a short address"),
        interface: BoundedText::parse("http://127.0.0.1:8600").expect("a short address"),
    }
}

/// The key that the validator of a name votes with.
pub fn vote_key(name: &str) -> SigningKey {
    named_key(&format!("vote key of {name}"))
}

/// A validator of a name and of power 1, run by an account.
pub fn new_validator(chain: &ChainId, name: &str, account: AccountId) -> NewValidator {
    NewValidator::prove(chain, &vote_key(name), account, 1, seat(name))
}

impl TestLedger {
    /// Proposes a change.
    pub fn propose(&mut self, key: &SigningKey, change: &Change) -> Result<ChangeId, Refused> {
        let change = change.clone();
        let signed = self.sign_with(key, ProposeChange { change });
        Ok(ChangeId::of_proposal(&self.submit(signed)?))
    }

    /// Approves a change.
    pub fn approve(&mut self, key: &SigningKey, id: ChangeId) -> Result<TransactionId, Refused> {
        let signed = self.sign_with(key, ApproveChange { id });
        self.submit(signed)
    }

    /// Enacts a change.
    pub fn enact(
        &mut self,
        key: &SigningKey,
        id: ChangeId,
        change: &Change,
    ) -> Result<TransactionId, Refused> {
        let change = change.clone();
        let signed = self.sign_with(key, EnactChange { id, change });
        self.submit(signed)
    }

    /// Takes a change back.
    pub fn withdraw(&mut self, key: &SigningKey, id: ChangeId) -> Result<TransactionId, Refused> {
        let signed = self.sign_with(key, WithdrawChange { id });
        self.submit(signed)
    }

    /// The first authority proposes, the second and third approve, the notice passes, the first enacts.
    pub fn decide(&mut self, change: &Change) -> Result<ChangeId, Refused> {
        let [first, second, third] = [0, 1, 2].map(|number| self.consortium.authority_key(number));
        let id = self.propose(&first, change)?;
        self.approve(&second, id)?;
        self.approve(&third, id)?;
        let rule = self.parameters().voting.rule(change.class());
        self.wait_ms(rule.notice_ms);
        self.enact(&first, id, change)?;
        Ok(id)
    }

    /// The parameters in force.
    pub fn parameters(&self) -> crate::record::Parameters {
        crate::execute::parameters(&self.state).expect("a state in memory")
    }

    /// The keys that vote now, ascending.
    pub fn voters(&self) -> Vec<PublicKey> {
        let set = validators(&self.state).expect("a state in memory");
        set.members().iter().map(|member| member.key).collect()
    }

    /// The chain.
    pub fn chain_id(&self) -> ChainId {
        self.state.chain_id()
    }
}
