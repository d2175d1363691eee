//! Peers that are connected, and yet one of the two does not hear the other.
//!
//! The network tells a peer what it listens to, and proves who it is, once: when it has no other
//! connection with it. A peer whose machine lost its power leaves a connection behind that nobody
//! closed. When it is back before that one is noticed, it is known already and is told nothing; it sends
//! nothing to those who listen, and as soon as this is so between as many as can prevent a decision,
//! everyone waits for ever (rust-libp2p issue 5097).
//!
//! Two signs tell of it. Every peer tells its height each second: one that does not is gone, and its
//! connections are not worth keeping. And a validator that has come back is given no proof: where those
//! who have proved themselves are no quorum, it begins anew with the others.

use std::collections::{BTreeMap, BTreeSet};

use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::core::{Validator as _, ValidatorSet as _};
use theriac_crypto::PublicKey;
use theriac_ledger::validator::is_quorum;

use crate::context::{Address, EngineValidator, EngineValidators};

/// Looks without a word after which a peer is gone.
const SILENT_MAX: u32 = 6;
/// Looks without a proof after which a validator that lacks a quorum begins anew with a peer; each time twice
/// as many, because a peer may be one that has no vote, until [`UNPROVEN_MAX`].
const UNPROVEN_MIN: u32 = 6;
const UNPROVEN_MAX: u32 = 96;

#[derive(Debug, Default)]
struct Contact {
    /// Looks since it was last heard.
    silent: u32,
    /// Looks since it connected.
    connected: u32,
    proof: Option<PublicKey>,
}

/// What is known of the peers. Looks are the only time.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// This node, if it votes.
    own: Option<PublicKey>,
    validators: Option<EngineValidators>,
    contacts: BTreeMap<PeerId, Contact>,
    /// Looks that an unproven peer was given the last time.
    given: BTreeMap<PeerId, u32>,
}

impl Reach {
    pub(crate) fn new(own: Option<PublicKey>) -> Self {
        Self {
            own,
            ..Self::default()
        }
    }

    pub(crate) fn connected(&mut self, peer: PeerId) {
        // Its proof may have come before.
        let contact = self.contacts.entry(peer).or_default();
        (contact.silent, contact.connected) = (0, 0);
    }

    pub(crate) fn disconnected(&mut self, peer: PeerId) {
        self.contacts.remove(&peer);
    }

    pub(crate) fn heard(&mut self, peer: PeerId) {
        if let Some(contact) = self.contacts.get_mut(&peer) {
            contact.silent = 0;
        }
    }

    pub(crate) fn proved(&mut self, peer: PeerId, key: PublicKey) {
        self.contacts.entry(peer).or_default().proof = Some(key);
        self.given.remove(&peer);
    }

    pub(crate) fn set_validators(&mut self, validators: EngineValidators) {
        self.validators = Some(validators);
    }

    /// One look later: the peers with which to begin anew. They are forgotten until they connect again.
    pub(crate) fn look(&mut self) -> Vec<PeerId> {
        for contact in self.contacts.values_mut() {
            contact.silent = contact.silent.saturating_add(1);
            contact.connected = contact.connected.saturating_add(1);
        }
        let lacks_quorum = self.lacks_quorum();
        let Self {
            contacts, given, ..
        } = self;
        let lost = contacts.extract_if(.., |peer, contact| {
            if contact.silent >= SILENT_MAX {
                return true;
            }
            if !lacks_quorum || contact.proof.is_some() {
                return false;
            }
            let patience = given.get(peer).map_or(UNPROVEN_MIN, |given| {
                given.saturating_mul(2).min(UNPROVEN_MAX)
            });
            let is_over = contact.connected >= patience;
            if is_over {
                given.insert(*peer, patience);
            }
            is_over
        });
        lost.map(|(peer, _)| peer).collect()
    }

    /// Whether this node votes, and cannot decide with those who have proved that they do, too.
    fn lacks_quorum(&self) -> bool {
        let (Some(own), Some(validators)) = (self.own, &self.validators) else {
            return false;
        };
        if validators.get_by_address(&Address(own)).is_none() {
            return false;
        }
        // Each key once: then the sum is at most the whole, which fits.
        let mut keys: BTreeSet<PublicKey> = self
            .contacts
            .values()
            .filter_map(|contact| contact.proof)
            .collect();
        keys.insert(own);
        let reached = keys
            .iter()
            .filter_map(|key| validators.get_by_address(&Address(*key)))
            .map(EngineValidator::voting_power)
            .sum();
        !is_quorum(reached, validators.total_voting_power())
    }
}

#[cfg(test)]
mod tests;
