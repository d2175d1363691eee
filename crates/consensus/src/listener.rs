//! Listens to the network, and begins anew with peers that do not hear this node, or that it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use arc_malachitebft_app_channel::app::engine::network::{Msg, NetworkEvent, NetworkRef};
use arc_malachitebft_app_channel::app::net::Multiaddr;
use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_network::PersistentPeersOp;
use async_trait::async_trait;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use theriac_crypto::PublicKey;

use crate::context::{EngineValidators, TheriacContext};
use crate::peer::{Peer, peer_id};
use crate::reach::Reach;

/// Time between two looks: each peer tells its height once in it.
const LOOK: Duration = Duration::from_secs(1);

/// What the listener is told.
pub(crate) enum Told {
    Connected(PeerId),
    Disconnected(PeerId),
    /// A peer has told its height.
    Heard(PeerId),
    /// The engine has verified a peer's proof of its validator key.
    Proved(PeerId, PublicKey),
    Validators(EngineValidators),
    /// The other validators' nodes are these now.
    Peers(Vec<Peer>),
    Look,
    /// Something else went over the network; its content is not kept here.
    Nothing,
}

impl Told {
    /// What the engine's word to the network says about the peers.
    pub(crate) fn of(message: &Msg<TheriacContext>) -> Option<Self> {
        match message {
            Msg::UpdateValidatorSet(validators) => Some(Self::Validators(validators.clone())),
            Msg::ValidatorProofVerified {
                peer_id,
                result,
                public_key: Some(key),
            } if result.is_valid() => {
                let key = PublicKey(key.as_slice().try_into().ok()?);
                Some(Self::Proved(*peer_id, key))
            }
            _ => None,
        }
    }
}

impl From<NetworkEvent<TheriacContext>> for Told {
    fn from(event: NetworkEvent<TheriacContext>) -> Self {
        match event {
            NetworkEvent::PeerConnected(peer) => Self::Connected(peer),
            NetworkEvent::PeerDisconnected(peer) => Self::Disconnected(peer),
            NetworkEvent::Status(peer, _) => Self::Heard(peer),
            _ => Self::Nothing,
        }
    }
}

/// The actor.
pub(crate) struct Listener;

pub(crate) struct ListenerState {
    network: NetworkRef<TheriacContext>,
    addresses: BTreeMap<PeerId, Multiaddr>,
    reach: Reach,
}

impl Listener {
    /// Listens for as long as the network runs; `own` is this node's key if it votes.
    pub(crate) async fn spawn(
        network: &NetworkRef<TheriacContext>,
        peers: &[Peer],
        own: Option<PublicKey>,
    ) -> Result<ActorRef<Told>, ractor::SpawnErr> {
        let addresses = addresses(peers);
        let state = ListenerState {
            network: network.clone(),
            addresses,
            reach: Reach::new(own),
        };
        let (listener, _) = Actor::spawn_linked(None, Self, state, network.get_cell()).await?;
        Ok(listener)
    }
}

fn addresses(peers: &[Peer]) -> BTreeMap<PeerId, Multiaddr> {
    let address = |peer: &Peer| (peer_id(&peer.key), peer.multiaddr());
    peers.iter().map(address).collect()
}

impl ListenerState {
    /// Lets in and calls who is new, and closes the connections of who is none of the peers any more.
    fn set_peers(
        &mut self,
        myself: &ActorRef<Told>,
        peers: &[Peer],
    ) -> Result<(), ActorProcessingErr> {
        let wanted = addresses(peers);
        for (peer, address) in &self.addresses {
            if wanted.get(peer) != Some(address) {
                self.update(myself, PersistentPeersOp::Remove(address.clone()))?;
            }
        }
        for (peer, address) in &wanted {
            if self.addresses.get(peer) != Some(address) {
                self.update(myself, PersistentPeersOp::Add(address.clone()))?;
            }
        }
        self.addresses = wanted;
        Ok(())
    }

    /// The network answers whether the address was known, which nobody needs to be told; it complains of whoever
    /// does not wait for the answer.
    fn update(
        &self,
        myself: &ActorRef<Told>,
        change: PersistentPeersOp,
    ) -> Result<(), ActorProcessingErr> {
        let message = |reply| Msg::UpdatePersistentPeers(change, reply);
        let answered = |_| Told::Nothing;
        self.network
            .call_and_forward(message, myself, answered, None)?;
        Ok(())
    }

    /// Removing a peer from the list closes every connection with it.
    fn begin_anew(&self, myself: &ActorRef<Told>, peer: PeerId) -> Result<(), ActorProcessingErr> {
        let Some(address) = self.addresses.get(&peer) else {
            return Ok(());
        };
        tracing::warn!(%peer, "not heard by a connected peer, or not hearing it; its connections are closed and made anew");
        self.update(myself, PersistentPeersOp::Remove(address.clone()))?;
        self.update(myself, PersistentPeersOp::Add(address.clone()))
    }
}

#[async_trait]
impl Actor for Listener {
    type Msg = Told;
    type State = ListenerState;
    type Arguments = ListenerState;

    async fn pre_start(
        &self,
        myself: ActorRef<Told>,
        state: ListenerState,
    ) -> Result<ListenerState, ActorProcessingErr> {
        let subscribe = Msg::Subscribe(Box::new(myself.clone()));
        state.network.cast(subscribe)?;
        myself.send_interval(LOOK, || Told::Look);
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<Told>,
        told: Told,
        state: &mut ListenerState,
    ) -> Result<(), ActorProcessingErr> {
        match told {
            Told::Connected(peer) => state.reach.connected(peer),
            Told::Disconnected(peer) => state.reach.disconnected(peer),
            Told::Heard(peer) => state.reach.heard(peer),
            Told::Proved(peer, key) => state.reach.proved(peer, key),
            Told::Validators(validators) => state.reach.set_validators(validators),
            Told::Peers(peers) => state.set_peers(&myself, &peers)?,
            Told::Nothing => {}
            Told::Look => {
                for peer in state.reach.look() {
                    state.begin_anew(&myself, peer)?;
                }
            }
        }
        Ok(())
    }
}
