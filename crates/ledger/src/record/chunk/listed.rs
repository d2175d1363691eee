//! The list of a chunk's entries, as it is stored.
//!
//! It is written anew whenever something happens to one of its packs. Where a pack is and who changed
//! its status last is two thirds of an entry, and the same for most packs of a chunk: each such pair is
//! written once.

use borsh::{BorshDeserialize, BorshSerialize};

use super::{CHUNK_LENGTH, EntryPrivate, EntryPublic, History, PackEntry, PackPlace};
use crate::encoding::{BoundedList, DecodeError, decode, encode};
use crate::identifier::AccountId;

/// Longest list, in bytes: 128 entries that share nothing.
const BYTES_MAX: usize = 16 * 1024;

/// What entries share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Home {
    place: PackPlace,
    by: AccountId,
}

/// Equal entries at consecutive places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Span {
    /// How many; never zero.
    count: u8,
    public: EntryPublic,
    /// Number of the home in the list of them.
    home: u8,
    history: History,
}

/// Layout: borsh. Homes in the order in which the spans name them first, each once; maximal spans.
#[derive(Debug, BorshSerialize, BorshDeserialize)]
struct Listed {
    homes: BoundedList<Home, CHUNK_LENGTH>,
    spans: BoundedList<Span, CHUNK_LENGTH>,
}

/// The list of 128 entries.
pub(super) fn encode_entries(entries: &[PackEntry]) -> Vec<u8> {
    let mut homes: Vec<Home> = Vec::new();
    let spans: Vec<Span> = entries
        .chunk_by(|left, right| left == right)
        .map(|equal| {
            let EntryPrivate { place, by, history } = equal[0].private;
            let home = Home { place, by };
            let known = homes.iter().position(|one| *one == home);
            let home = known.unwrap_or_else(|| {
                homes.push(home);
                homes.len() - 1
            });
            Span {
                count: small(equal.len()),
                public: equal[0].public,
                home: small(home),
                history,
            }
        })
        .collect();
    encode(&Listed {
        homes: BoundedList::new(homes).expect("at most one for each entry"),
        spans: BoundedList::new(spans).expect("at most one for each entry"),
    })
}

fn small(number: usize) -> u8 {
    u8::try_from(number).expect("a chunk has 128 entries")
}

/// The 128 entries of a list in canonical form.
pub(super) fn decode_entries(bytes: &[u8]) -> Result<Vec<PackEntry>, DecodeError> {
    let Listed { homes, spans } = decode(bytes, BYTES_MAX)?;
    let mut entries: Vec<PackEntry> = Vec::with_capacity(CHUNK_LENGTH);
    let mut named = 0;
    for span in &spans {
        let (count, number) = (usize::from(span.count), usize::from(span.home));
        let home = homes.get(number).ok_or(DecodeError::NotCanonical)?;
        if number == named {
            if homes.iter().take(number).any(|known| known == home) {
                return Err(DecodeError::NotCanonical);
            }
            named += 1;
        }
        let entry = PackEntry {
            public: span.public,
            private: EntryPrivate {
                place: home.place,
                by: home.by,
                history: span.history,
            },
        };
        let repeats = entries.last() == Some(&entry);
        let overflows = entries.len() + count > CHUNK_LENGTH;
        if number > named || count == 0 || repeats || overflows {
            return Err(DecodeError::NotCanonical);
        }
        entries.resize(entries.len() + count, entry);
    }
    if entries.len() == CHUNK_LENGTH && named == homes.len() {
        Ok(entries)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use theriac_crypto::digest;

    use super::*;
    use crate::identifier::Timestamp;
    use crate::record::PackStatus;

    fn account(number: u8) -> AccountId {
        AccountId(digest("test", &[number]))
    }

    fn entry(since: u8, home: u8) -> PackEntry {
        PackEntry {
            public: EntryPublic {
                status: PackStatus::Dispensed,
                since: Timestamp(since.into()),
            },
            private: EntryPrivate {
                place: PackPlace::Account(account(home)),
                by: account(home / 2),
                history: History(digest("test", &[since])),
            },
        }
    }

    /// 128 entries of one home, each with a time of its own.
    fn different() -> Vec<PackEntry> {
        (0..128).map(|since| entry(since, 0)).collect()
    }

    fn listed(homes: &[Home], spans: &[Span]) -> Vec<u8> {
        encode(&Listed {
            homes: BoundedList::new(homes.to_vec()).unwrap(),
            spans: BoundedList::new(spans.to_vec()).unwrap(),
        })
    }

    proptest! {
        #[test]
        fn entries_are_read_as_they_were_listed(
            parts in prop::collection::vec((0u8..4, 0u8..4), 128..=128),
        ) {
            let entries: Vec<_> = parts.iter().map(|(since, home)| entry(*since, *home)).collect();
            let bytes = encode_entries(&entries);
            prop_assert!(bytes.len() <= BYTES_MAX);
            prop_assert_eq!(decode_entries(&bytes).unwrap(), entries);
        }

        #[test]
        fn a_list_with_a_byte_changed_is_refused_or_is_another_chunk_in_canonical_form(
            at in any::<prop::sample::Index>(), change in 1u8..,
        ) {
            let mut bytes = encode_entries(&different()[..]);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(entries) = decode_entries(&bytes) {
                prop_assert_eq!(encode_entries(&entries), bytes);
            }
        }
    }

    #[test]
    fn packs_that_differ_in_time_alone_take_less_than_half_of_what_their_entries_do() {
        let entries = different();
        assert!(2 * encode_entries(&entries).len() < encode(&entries).len());
    }

    #[test]
    fn entries_that_share_nothing_keep_the_bound() {
        let entries: Vec<_> = (0..128).map(|number| entry(number, number)).collect();
        let bytes = encode_entries(&entries);
        assert_eq!(decode_entries(&bytes).unwrap(), entries);
    }

    #[test]
    fn a_list_that_could_be_written_otherwise_is_refused() {
        let home = |number| Home {
            place: PackPlace::Account(account(number)),
            by: account(number),
        };
        let span = |count, since, home| Span {
            count,
            public: entry(since, 0).public,
            home,
            history: entry(since, 0).private.history,
        };
        let (one, two) = (home(1), home(2));
        let good = listed(&[one, two], &[span(100, 1, 0), span(28, 2, 1)]);
        assert_eq!(decode_entries(&good).unwrap().len(), 128);
        let refused: [(&[Home], &[Span]); 8] = [
            // Homes out of order, twice, unused, unknown.
            (&[one, two], &[span(100, 1, 1), span(28, 2, 0)]),
            (&[one, one], &[span(100, 1, 0), span(28, 2, 1)]),
            (&[one, two], &[span(100, 1, 0), span(28, 2, 0)]),
            (&[one], &[span(100, 1, 0), span(28, 2, 1)]),
            // Spans that are empty, not maximal, too many, too few.
            (&[one], &[span(128, 1, 0), span(0, 2, 0)]),
            (&[one], &[span(100, 1, 0), span(28, 1, 0)]),
            (&[one], &[span(100, 1, 0), span(29, 2, 0)]),
            (&[one], &[span(127, 1, 0)]),
        ];
        for (index, (homes, spans)) in refused.into_iter().enumerate() {
            let refusal = decode_entries(&listed(homes, spans));
            assert_eq!(refusal, Err(DecodeError::NotCanonical), "case {index}");
        }
    }
}
