//! Evidence that was changed on its way: none of it passes.

use serde_json::Value;
use theriac_crypto::{Digest, SigningKey};
use theriac_ledger::encoding::BoundedList;
use theriac_proof::check::{Freshness, check_for};
use theriac_proof::light::Trust;
use theriac_proof::verdict::Verdict;
use theriac_proof::vote::{VoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature, EvidenceBundle};

use super::AGE_MS_MAX;
use super::cases::Cases;

/// How many changes were tried, and how many of them passed.
#[derive(Debug, Default)]
struct Count {
    tried: usize,
    accepted: usize,
}

/// Checks changed evidence as whoever asked the question of the true one.
struct Reader {
    original: EvidenceBundle,
    trust: Trust,
    count: Count,
}

impl Reader {
    fn new(cases: &Cases, name: &str) -> Self {
        let reader = Self {
            original: cases.find(name).clone(),
            trust: Trust::from_anchor(&cases.anchor),
            count: Count::default(),
        };
        assert!(reader.accepts(&reader.original), "{name}");
        reader
    }

    fn accepts(&self, bundle: &EvidenceBundle) -> bool {
        let freshness = Freshness {
            now: self.original.head.header.time,
            age_ms_max: AGE_MS_MAX,
        };
        let checked = check_for(&self.original.question, bundle, &self.trust, freshness);
        !matches!(
            checked.verdict,
            Verdict::Invalid { .. } | Verdict::Stale { .. }
        )
    }

    fn try_bundle(&mut self, changed: &EvidenceBundle) {
        assert_ne!(*changed, self.original);
        self.count.tried += 1;
        self.count.accepted += usize::from(self.accepts(changed));
    }

    fn try_bytes(&mut self, bytes: &[u8]) {
        match EvidenceBundle::decode(bytes) {
            Ok(changed) => self.try_bundle(&changed),
            Err(_) => self.count.tried += 1,
        }
    }

    fn try_json(&mut self, value: &Value) {
        match EvidenceBundle::from_json(value.to_string().as_bytes()) {
            // A list of equal items is the same list in another order.
            Ok(same) if same == self.original => {}
            Ok(changed) => self.try_bundle(&changed),
            Err(_) => self.count.tried += 1,
        }
    }

    #[expect(clippy::print_stdout, reason = "the count is what the test shows")]
    fn end(self, what: &str) {
        let Count { tried, accepted } = self.count;
        println!("{what}: {tried} changes, {accepted} accepted");
        assert!(tried > 0);
        assert_eq!(accepted, 0, "{what}");
    }
}

/// Bundles of every kind, and one with steps.
const NAMES: [&str; 11] = [
    "active",
    "active-after-changes",
    "active-in-a-short-run",
    "dispensed",
    "recalled",
    "wrong-lot",
    "expiry-of-another-month",
    "unknown-serial",
    "unknown-lot",
    "unknown-product",
    "lot",
];

#[test]
fn no_flipped_bit_passes() {
    let cases = Cases::new();
    for name in NAMES {
        let mut reader = Reader::new(&cases, name);
        let bytes = reader.original.encode();
        // Each step costs a certificate; every seventh bit is of each byte, and of each place in a byte.
        let each = if reader.original.steps.is_empty() {
            1
        } else {
            7
        };
        for bit in (0..bytes.len() * 8).step_by(each) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            reader.try_bytes(&flipped);
        }
        reader.end(&format!("{name}, bits flipped"));
    }
}

#[test]
fn no_cut_or_lengthened_bundle_passes() {
    let cases = Cases::new();
    for name in NAMES {
        let mut reader = Reader::new(&cases, name);
        let bytes = reader.original.encode();
        for length in 0..bytes.len() {
            reader.try_bytes(&bytes[..length]);
        }
        reader.try_bytes(&[&bytes[..], &[0]].concat());
        reader.end(&format!("{name}, cut at every byte"));
    }
}

#[test]
fn no_element_dropped_doubled_or_swapped_passes() {
    let cases = Cases::new();
    for name in NAMES {
        let mut reader = Reader::new(&cases, name);
        let value = serde_json::to_value(&reader.original).unwrap();
        for pointer in lists(&value, "") {
            let length = value.pointer(&pointer).unwrap().as_array().unwrap().len();
            for index in 0..length {
                reader.try_json(&changed(&value, &pointer, |list| {
                    list.remove(index);
                }));
                reader.try_json(&changed(&value, &pointer, |list| {
                    list.insert(index, list[index].clone());
                }));
                reader.try_json(&changed(&value, &pointer, |list| {
                    list.swap(index, (index + 1) % length);
                }));
            }
        }
        reader.end(&format!("{name}, every element dropped, doubled, swapped"));
    }
}

/// Where lists stand in a value.
fn lists(value: &Value, at: &str) -> Vec<String> {
    match value {
        Value::Array(items) => {
            let inside = items.iter().enumerate();
            let inside = inside.flat_map(|(index, item)| lists(item, &format!("{at}/{index}")));
            let inside: Vec<String> = inside.collect();
            std::iter::once(at.to_owned()).chain(inside).collect()
        }
        Value::Object(fields) => fields
            .iter()
            .flat_map(|(name, field)| lists(field, &format!("{at}/{name}")))
            .collect(),
        _ => Vec::new(),
    }
}

fn changed(value: &Value, pointer: &str, change: impl FnOnce(&mut Vec<Value>)) -> Value {
    let mut value = value.clone();
    change(value.pointer_mut(pointer).unwrap().as_array_mut().unwrap());
    value
}

#[test]
fn no_certificate_of_others_passes() {
    let cases = Cases::new();
    let foreign = Cases::of_seed(2);
    for name in NAMES {
        let mut reader = Reader::new(&cases, name);
        let original = reader.original.clone();
        let mut with = |certificate: CommitCertificate| {
            let mut changed = original.clone();
            changed.head.certificate = certificate;
            reader.try_bundle(&changed);
        };
        with(foreign.find(name).head.certificate.clone());
        with(cases.find("expired").head.certificate.clone());
        let signatures = &original.head.certificate.signatures;
        let certificate = |signatures: Vec<CommitSignature>| CommitCertificate {
            signatures: BoundedList::new(signatures).unwrap(),
            ..original.head.certificate.clone()
        };
        with(certificate(signatures[..2].to_vec()));
        with(certificate(vec![signatures[0]; 3]));
        with(certificate(vec![
            signatures[0],
            signatures[1],
            stranger(&original),
        ]));
        reader.end(&format!("{name}, certificates of others"));
    }
}

/// A good signature of a key that is no validator's.
fn stranger(bundle: &EvidenceBundle) -> CommitSignature {
    let key = SigningKey::from_seed(&Digest::ZERO.0);
    let header = &bundle.head.header;
    let digest = header.digest();
    let message = vote_digest(
        &header.chain_id,
        VoteType::Precommit,
        header.height,
        0,
        Some(&digest),
    );
    CommitSignature {
        validator: key.public_key(),
        signature: key.sign(&message),
    }
}

#[test]
fn no_part_of_another_bundle_passes() {
    let cases = Cases::new();
    for name in NAMES {
        let mut reader = Reader::new(&cases, name);
        let original = reader.original.clone();
        for other in &cases.all {
            let finding = other.bundle.finding.clone();
            let head = other.bundle.head.clone();
            let with_finding = EvidenceBundle {
                finding,
                ..original.clone()
            };
            let with_head = EvidenceBundle {
                head,
                ..original.clone()
            };
            for changed in [with_finding, with_head] {
                // Two questions about one pack have the same records.
                if changed != original && !same_pack(&changed, &original) {
                    reader.try_bundle(&changed);
                }
            }
            if other.bundle.question != original.question {
                reader.try_bundle(&other.bundle);
            }
        }
        reader.end(&format!("{name}, parts of other bundles"));
    }
}

/// Whether a changed bundle answers the same question by the same records: it is as true.
fn same_pack(changed: &EvidenceBundle, original: &EvidenceBundle) -> bool {
    changed.finding == original.finding && changed.head == original.head
}
