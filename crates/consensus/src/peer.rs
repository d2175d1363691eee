//! Peers: validators by key and address.

use std::net::SocketAddr;

use arc_malachitebft_app_channel::app::net::Multiaddr;
use arc_malachitebft_app_channel::app::types::PeerId;
use theriac_crypto::PublicKey;

/// Another validator's node: the key it proves in the handshake, and where it listens.
///
/// There are no host names: names would be resolved by code with known weaknesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The key of its node.
    pub key: PublicKey,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Peer {
    /// `/ip4/…/tcp/…/p2p/…`.
    pub(crate) fn multiaddr(&self) -> Multiaddr {
        format!("{}/p2p/{}", multiaddr(self.address), peer_id(&self.key))
            .parse()
            .expect("an address, a port and a peer id form a network address")
    }
}

/// `/ip4/…/tcp/…` or `/ip6/…/tcp/…`.
pub(crate) fn multiaddr(address: SocketAddr) -> Multiaddr {
    let family = if address.is_ipv4() { "ip4" } else { "ip6" };
    format!("/{family}/{}/tcp/{}", address.ip(), address.port())
        .parse()
        .expect("an address and a port form a network address")
}

/// The peer id of a node's key: the identity multihash of the key in libp2p's protobuf form.
///
/// libp2p peer id specification, "Keys" and "Ed25519".
pub fn peer_id(key: &PublicKey) -> PeerId {
    let mut bytes = vec![0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
    bytes.extend_from_slice(key.as_bytes());
    PeerId::from_bytes(&bytes).expect("an identity multihash of 36 bytes is a peer id")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arc_malachitebft_app_channel::app::types::Keypair;
    use theriac_crypto::SigningKey;

    #[test]
    fn the_peer_id_of_a_key_is_the_one_that_the_network_derives() {
        let key = SigningKey::from_seed(&[8; 32]);
        let keypair = Keypair::ed25519_from_bytes(*key.to_seed()).unwrap();
        let expected = keypair.public().to_peer_id().to_bytes();
        assert_eq!(peer_id(&key.public_key()).to_bytes(), expected);
    }

    #[test]
    fn a_peer_is_named_by_address_port_and_id() {
        let key = SigningKey::from_seed(&[8; 32]).public_key();
        for (address, start) in [
            ("127.0.0.1:7001", "/ip4/127.0.0.1/tcp/7001/p2p/12D3KooW"),
            ("[::1]:7001", "/ip6/::1/tcp/7001/p2p/12D3KooW"),
        ] {
            let peer = Peer {
                key,
                address: address.parse().unwrap(),
            };
            assert!(peer.multiaddr().to_string().starts_with(start));
        }
    }
}
