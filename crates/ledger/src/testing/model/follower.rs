//! The model alone, for a chain that others made.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::PublicKey;

use crate::action::ActionBody;
use crate::identifier::PackLocation;
use crate::testing::{Actor, Consortium, MemoryState};

use super::watch::Look;
use super::world::{Moment, World};

/// The model of a chain, from genesis on.
#[derive(Debug)]
pub struct Follower {
    world: World,
    actors: BTreeMap<PublicKey, Actor>,
}

impl Follower {
    /// The model of height 0.
    pub fn new(consortium: &Consortium) -> Self {
        let accounts = Actor::ALL.map(|actor| (actor, consortium.account(actor)));
        let actors = Actor::ALL.map(|actor| (consortium.key(actor).public_key(), actor));
        Self {
            world: World::new(consortium.records.salt, accounts.into()),
            actors: actors.into(),
        }
    }

    /// Carries out the next transaction of the chain.
    ///
    /// # Errors
    ///
    /// What the model has against it, in a word. The model must not be used any more then.
    pub fn follow(
        &mut self,
        signer: &PublicKey,
        body: &ActionBody,
        now: &Moment,
    ) -> Result<(), &'static str> {
        let actor = *self.actors.get(signer).ok_or("signer")?;
        self.world.carry_out(actor, body, now)
    }

    /// A pack that is held by somebody else in a state than in the model, has another status, or is
    /// known to only one of them.
    pub fn difference(&self, state: &MemoryState) -> Option<PackLocation> {
        let mut known = state.packs().values();
        if let Some(unknown) = known.find(|pack| !self.world.packs.contains_key(pack)) {
            return Some(*unknown);
        }
        let located: BTreeSet<_> = state.packs().values().collect();
        let mut look = Look::at(state);
        let mut packs = self.world.packs.iter();
        let (pack, _) = packs.find(|(pack, note)| {
            if !located.contains(pack) {
                return true;
            }
            let entry = look.entry(pack);
            let holder = self.world.grip(note.at).holder;
            entry.public.status != note.status
                || look.holder(entry.private.place) != self.world.accounts[&holder]
        })?;
        Some(*pack)
    }
}
