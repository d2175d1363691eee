use proptest::prelude::*;
use theriac_crypto::{PublicKey, digest};

use super::*;
use crate::peer::peer_id;

fn publisher(seed: u8) -> PeerId {
    peer_id(&PublicKey([seed; 32]))
}

fn head(height: u64) -> ProposalHead {
    ProposalHead {
        height: EngineHeight(height),
        round: Round::ZERO,
        pol_round: Round::Nil,
        proposer: Address(PublicKey([1; 32])),
        block: BlockDigest(digest("test", b"block")),
    }
}

fn body(length: usize) -> Bytes {
    (0..length)
        .map(|index| u8::try_from(index % 251).unwrap())
        .collect()
}

fn add_all(
    assembler: &mut Assembler,
    messages: impl IntoIterator<Item = StreamMessage<ProposalPart>>,
) -> Vec<Joined> {
    messages
        .into_iter()
        .filter_map(|message| assembler.add(publisher(1), message).unwrap())
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_body_is_joined_from_parts_in_any_order(
        length in 1usize..=BLOCK_BYTES_MAX,
        order in any::<prop::sample::Index>(),
        reversed in any::<bool>(),
    ) {
        let body = body(length);
        let mut messages = split(&head(4), &body, 1);
        let middle = order.index(messages.len());
        messages.rotate_left(middle);
        if reversed {
            messages.reverse();
        }
        let mut assembler = Assembler::default();
        let joined = add_all(&mut assembler, messages);
        prop_assert_eq!(joined, vec![Joined { head: head(4), body }]);
        prop_assert!(assembler.publishers.is_empty());
    }
}

#[test]
fn a_part_that_comes_twice_changes_nothing() {
    let body = body(3 * PART_BYTES_MAX + 5);
    let mut messages = split(&head(4), &body, 1);
    messages.insert(2, messages[1].clone());
    let joined = add_all(&mut Assembler::default(), messages);
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0].body, body);
}

#[test]
fn a_part_that_differs_from_itself_drops_the_body() {
    let mut assembler = Assembler::default();
    let messages = split(&head(4), &body(2 * PART_BYTES_MAX), 1);
    let mut altered = messages[1].clone();
    altered.content = StreamContent::Data(ProposalPart::Data(Bytes::from_static(b"x")));
    add_all(&mut assembler, messages[..2].to_vec());
    let refused = assembler.add(publisher(1), altered);
    assert_eq!(refused, Err(PartError::Differs { sequence: 1 }));
    assert!(assembler.publishers.is_empty());
}

#[test]
fn a_part_of_another_length_is_refused() {
    let mut assembler = Assembler::default();
    let mut messages = split(&head(4), &body(PART_BYTES_MAX + 1), 1);
    messages[1].content = StreamContent::Data(ProposalPart::Data(Bytes::from_static(b"x")));
    add_all(&mut assembler, messages[..1].to_vec());
    let refused = assembler.add(publisher(1), messages[1].clone());
    assert_eq!(
        refused,
        Err(PartError::Length {
            sequence: 1,
            found: 1
        })
    );
}

#[test]
fn a_publisher_cannot_take_more_than_its_share() {
    let mut assembler = Assembler::default();
    for serial in 0..100 {
        let messages = split(&head(4), &body(BLOCK_BYTES_MAX), serial);
        add_all(&mut assembler, messages[..DATA_PARTS_MAX].to_vec());
        let streams = &assembler.publishers[&publisher(1)];
        assert!(streams.len() <= STREAMS_PER_PUBLISHER_MAX);
        let bytes: usize = streams.iter().map(|stream| stream.bytes).sum();
        assert!(bytes <= BYTES_PER_PUBLISHER_MAX);
    }
}

#[test]
fn unfinished_bodies_of_past_heights_are_dropped() {
    let mut assembler = Assembler::default();
    for height in [4, 5] {
        let messages = split(&head(height), &body(2 * PART_BYTES_MAX), height);
        add_all(&mut assembler, messages[..2].to_vec());
    }
    assembler.prune(EngineHeight(4));
    assert_eq!(assembler.publishers[&publisher(1)].len(), 1);
}
