//! What validators send each other through the engine, and its log.

use arc_malachitebft_app_channel::app::consensus::LivenessMsg;
use arc_malachitebft_app_channel::app::types::codec::Codec;
use arc_malachitebft_app_channel::app::types::core::{PolkaCertificate, ValidatorProof};
use arc_malachitebft_app_channel::app::types::streaming::StreamMessage;
use arc_malachitebft_app_channel::app::types::{PeerId, ProposedValue, SignedConsensusMsg};
use arc_malachitebft_sync::{Request, Response, Status};
use bytes::Bytes;
use theriac_consensus::codec::WireCodec;
use theriac_consensus::parts::{Assembler, split};
use theriac_consensus::peer::peer_id;
use theriac_consensus::{ProposalPart, TheriacContext};
use theriac_crypto::PublicKey;

type Context = TheriacContext;

/// The same bytes as each message: refused, or the one encoding of what they say.
pub(crate) fn message(bytes: &[u8]) {
    read::<SignedConsensusMsg<Context>>(bytes);
    read::<LivenessMsg<Context>>(bytes);
    read::<PolkaCertificate<Context>>(bytes);
    read::<ProposedValue<Context>>(bytes);
    read::<ProposalPart>(bytes);
    read::<StreamMessage<ProposalPart>>(bytes);
    read::<ValidatorProof<Context>>(bytes);
    read::<Status<Context>>(bytes);
    read::<Request<Context>>(bytes);
    read::<Response<Context>>(bytes);
}

fn read<T>(bytes: &[u8]) -> Option<T>
where
    WireCodec: Codec<T>,
{
    let message: T = WireCodec.decode(Bytes::copy_from_slice(bytes)).ok()?;
    let again = WireCodec.encode(&message);
    assert!(
        again.is_ok_and(|again| again == bytes),
        "the message has two encodings"
    );
    Some(message)
}

/// Frames of `publisher u8 ‖ length u16 LE ‖ message`, as they come from several peers in any order.
/// A body that is joined is the one that its parts make.
pub(crate) fn parts(mut bytes: &[u8]) {
    let publishers = [0, 1, 2, 3].map(publisher);
    let mut assembler = Assembler::default();
    while let Some(([from, low, high], rest)) = bytes.split_first_chunk() {
        let length = usize::from(u16::from_le_bytes([*low, *high])).min(rest.len());
        let (frame, rest) = rest.split_at(length);
        bytes = rest;
        let Some(message) = read::<StreamMessage<ProposalPart>>(frame) else {
            continue;
        };
        let from = publishers[usize::from(*from) % publishers.len()];
        let Ok(Some(joined)) = assembler.add(from, message) else {
            continue;
        };
        let mut second = Assembler::default();
        let mut parts = split(&joined.head, &joined.body, 0);
        parts.reverse();
        let again = parts
            .into_iter()
            .filter_map(|part| second.add(from, part).ok().flatten())
            .last();
        assert_eq!(again, Some(joined), "the body splits and joins otherwise");
    }
}

fn publisher(byte: u8) -> PeerId {
    peer_id(&PublicKey([byte; 32]))
}
