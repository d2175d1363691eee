//! Where the other validators are found: where the ledger says, and where it says nothing, as configured.
//!
//! A validator that was removed stays a neighbour for a while: it has to hear of the block that removed it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use theriac_client::{ClientSetupError, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_consensus::peer::Peer;
use theriac_crypto::PublicKey;
use theriac_http::problem::chain as causes;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::execute::find_seat;
use theriac_ledger::identifier::Height;
use tokio::sync::watch;

use crate::chain::Chain;
use crate::config::PeerSettings;
use crate::store::{StoreError, View};

/// Heights for which a validator that was removed is still spoken to.
const KEPT: Height = 100;

/// Another validator's node.
#[derive(Debug, Clone)]
pub struct Neighbour {
    /// The key that votes.
    pub key: PublicKey,
    /// How the validators' network knows and reaches it.
    pub peer: Peer,
    /// Speaks to its HTTP interface.
    pub client: NodeClient,
}

/// The neighbours as they are now; replaced whole when one changes.
pub type Neighbours = Arc<[Neighbour]>;

/// Finds neighbours.
#[derive(Debug)]
pub(crate) struct Directory {
    own: PublicKey,
    configured: BTreeMap<PublicKey, PeerSettings>,
    signer: RequestSigner,
}

/// What is known of one place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    key: PublicKey,
    network_key: PublicKey,
    address: SocketAddr,
    url: NodeUrl,
}

impl Directory {
    /// The places that the configuration of the node with a key names; `signer` signs requests to them.
    pub(crate) fn new(own: PublicKey, configured: &[PeerSettings], signer: RequestSigner) -> Self {
        let configured = configured.iter().map(|peer| (peer.key, peer.clone()));
        Self {
            own,
            configured: configured.collect(),
            signer,
        }
    }

    /// Finds the neighbours, and goes on looking as the chain grows.
    pub(crate) fn start(
        self,
        chain: &Arc<Chain>,
        supervisor: &Supervisor,
    ) -> Result<watch::Receiver<Neighbours>, DirectoryError> {
        let mut places = self.places(&chain.store().view())?;
        let first = self.neighbours(&places, &[])?;
        let (told, neighbours) = watch::channel(first);
        let mut heights = chain.subscribe();
        let (chain, token) = (Arc::clone(chain), supervisor.token());
        supervisor.spawn("neighbours", TaskKind::Critical, async move {
            loop {
                tokio::select! {
                    changed = heights.changed() => if changed.is_err() { break },
                    () = token.cancelled() => break,
                }
                // Nobody may be told while what was told before is read.
                let known = Arc::clone(&told.borrow());
                match self.look_again(&chain, &places, &known) {
                    Ok(None) => {}
                    Ok(Some((found, next))) => {
                        tracing::info!(count = next.len(), "other validators are found elsewhere now");
                        places = found;
                        told.send_replace(next);
                    }
                    // They stay as they were; a store that failed ends the process by itself.
                    Err(error) => tracing::error!(error = %causes(&error), "the other validators are not found"),
                }
            }
            Ok::<(), Infallible>(())
        });
        Ok(neighbours)
    }

    fn look_again(
        &self,
        chain: &Chain,
        known: &[Place],
        neighbours: &[Neighbour],
    ) -> Result<Option<(Vec<Place>, Neighbours)>, DirectoryError> {
        let found = self.places(&chain.store().view())?;
        if found == known {
            return Ok(None);
        }
        let next = self.neighbours(&found, neighbours)?;
        Ok(Some((found, next)))
    }

    /// Where the validators of the next height are, and those of heights just past.
    fn places(&self, view: &View) -> Result<Vec<Place>, DirectoryError> {
        let oldest = view.parent().height.saturating_sub(KEPT);
        let mut keys: Vec<PublicKey> = Vec::new();
        let mut sets = vec![view.validators_at(oldest.max(1))?];
        for step in view.validator_steps(oldest, usize::MAX)? {
            sets.push(Arc::new(step.next));
        }
        for set in sets {
            keys.extend(set.members().iter().map(|member| member.key));
        }
        // Who has no vote may be far behind: it follows whomever it was told of.
        if view.validators().find(&self.own).is_none() {
            keys.extend(self.configured.keys());
        }
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|key| *key != self.own);
        let mut places = Vec::new();
        for key in keys {
            match self.place(view, key)? {
                Some(place) => places.push(place),
                None => {
                    tracing::debug!(validator = %key, "nobody says where this validator is found");
                }
            }
        }
        Ok(places)
    }

    fn place(&self, view: &View, key: PublicKey) -> Result<Option<Place>, DirectoryError> {
        if let Some(seat) = find_seat(view, &key).map_err(StoreError::unavailable)? {
            let seat = &seat.public;
            let (address, url) = (
                seat.socket_address(),
                NodeUrl::parse(seat.interface.as_str()),
            );
            if let (Ok(address), Ok(url)) = (address, url) {
                let network_key = seat.network_key;
                return Ok(Some(Place {
                    key,
                    network_key,
                    address,
                    url,
                }));
            }
            tracing::warn!(validator = %key, "the seat on record is no place where a node can be");
        }
        Ok(self.configured.get(&key).map(|peer| Place {
            key,
            network_key: peer.network_key.unwrap_or(peer.key),
            address: peer.p2p,
            url: peer.url.clone(),
        }))
    }

    /// Clients keep their connections while their address stays.
    fn neighbours(
        &self,
        places: &[Place],
        known: &[Neighbour],
    ) -> Result<Neighbours, DirectoryError> {
        let neighbour = |place: &Place| {
            let same = known
                .iter()
                .find(|one| *one.client.url() == place.url)
                .map(|one| one.client.clone());
            let client = match same {
                Some(client) => client,
                None => NodeClient::new(
                    place.url.clone(),
                    TimeLimits::default(),
                    Some(self.signer.clone()),
                )?,
            };
            Ok(Neighbour {
                key: place.key,
                peer: Peer {
                    key: place.network_key,
                    address: place.address,
                },
                client,
            })
        };
        places.iter().map(neighbour).collect()
    }
}

/// Says it where the ledger knows this node by another key than its own: the other validators do not let it in.
pub(crate) fn look_at_own_seat(
    view: &View,
    validator: &PublicKey,
    network_key: &PublicKey,
) -> Result<(), StoreError> {
    let seat = find_seat(view, validator).map_err(StoreError::unavailable)?;
    match seat.map(|seat| seat.public.network_key) {
        Some(known) if known != *network_key => tracing::error!(
            "the ledger knows this node by the network key {known}, and it has {network_key}: other validators do not let it in. Give it that key in [network_key] of its configuration, or have the consortium decide: theriac validator move --network-key {network_key}"
        ),
        _ => {}
    }
    Ok(())
}

/// Why neighbours are not found.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
}
