//! Forged histories: every list cut, doubled and swapped, every value altered. None is accepted.

mod forger;

use theriac_crypto::SigningKey;
use theriac_ledger::action::{Lock, LockReason};
use theriac_ledger::encoding::{BoundedList, encode};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{History, PackPlace, ShipmentState, UnitState};
use theriac_ledger::testing::{Actor, packs};
use theriac_proof::history::{HistoryBundle, check};

use super::story::{DISPENSED, EXCEPTED, FOLLOWED, IN_CASE, LAST, UNTOUCHED};
use super::{bundle, fresh, story, told, trust};
use crate::fixture::World;
use forger::{Forger, edit, flipped, list};

/// Every n-th bit is flipped: all of them would take an hour.
const BIT_STRIDE: usize = 211;

/// Packs whose histories are forged.
const FORGED: [u32; 4] = [DISPENSED, EXCEPTED, IN_CASE, UNTOUCHED];

/// Forges the histories of several packs and demands that none is accepted.
#[expect(
    clippy::print_stdout,
    reason = "how many were tried is part of the result"
)]
fn forge(name: &str, attack: impl Fn(&mut Forger<'_>)) {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let trust = trust(&world);
    let (mut tried, mut accepted) = (0, Vec::new());
    for position in FORGED {
        let mut forger = Forger::new(bundle(&node, position), &trust);
        attack(&mut forger);
        tried += forger.tried;
        accepted.extend(forger.accepted);
    }
    println!("{name}: {tried} forged, {} accepted", accepted.len());
    assert!(tried > 0);
    assert!(accepted.is_empty(), "{accepted:#?}");
}

#[test]
fn no_list_is_cut_doubled_or_swapped() {
    forge("lists", |forger| {
        let original = forger.original.clone();
        forger.list("blocks", &original.blocks, |bundle, items| {
            bundle.blocks = list(items);
        });
        forger.list("units", &original.units, |bundle, items| {
            bundle.units = list(items);
        });
        forger.list("shipments", &original.shipments, |bundle, items| {
            bundle.shipments = list(items);
        });
        forger.list("signers", &original.signers, |bundle, items| {
            bundle.signers = list(items);
        });
        for (number, block) in original.blocks.iter().enumerate() {
            let what = format!("transactions of block {number}");
            forger.list(&what, &block.transactions, |bundle, items| {
                edit(&mut bundle.blocks, number, |block| {
                    block.transactions = list(items);
                });
            });
            let what = format!("certificate of block {number}");
            let signatures = &block.head.certificate.signatures;
            forger.list(&what, signatures, |bundle, items| {
                edit(&mut bundle.blocks, number, |block| {
                    block.head.certificate.signatures = list(items);
                });
            });
            let path = &block.transactions[0].path;
            forger.list(&format!("path in block {number}"), path, |bundle, items| {
                edit(&mut bundle.blocks, number, |block| {
                    edit(&mut block.transactions, 0, |one| one.path = list(items));
                });
            });
        }
    });
}

#[test]
fn no_step_is_dropped_doubled_swapped_or_altered() {
    forge("steps", |forger| {
        let original = forger.original.clone();
        let salt = History(original.salt);
        let commissioned = [original.run.step];
        forger.steps("the run", &commissioned, salt, |bundle, steps, history| {
            bundle.run.step = *steps.first().unwrap_or(&commissioned[0]);
            bundle.run.private.history = history.unwrap_or(bundle.run.private.history);
        });
        let start = original.run.private.history;
        let steps = original.entry.steps.to_vec();
        forger.steps("the pack", &steps, start, |bundle, steps, history| {
            let entry = &mut bundle.entry;
            entry.steps = list(steps);
            entry.private.history = history.unwrap_or(entry.private.history);
        });
        for (number, unit) in original.units.iter().enumerate() {
            let what = format!("unit {number}");
            forger.steps(&what, &unit.steps, salt, |bundle, steps, history| {
                edit(&mut bundle.units, number, |unit| {
                    unit.steps = list(steps);
                    unit.private.history = history.unwrap_or(unit.private.history);
                });
            });
        }
        for (number, shipment) in original.shipments.iter().enumerate() {
            let what = format!("shipment {number}");
            forger.steps(&what, &shipment.steps, salt, |bundle, steps, history| {
                edit(&mut bundle.shipments, number, |shipment| {
                    shipment.steps = list(steps);
                    shipment.private.history = history.unwrap_or(shipment.private.history);
                });
            });
        }
    });
}

/// A transaction is left out wherever it stands; a unit or shipment with all that it alone needs.
#[test]
fn nothing_is_left_out_even_where_all_lists_agree() {
    forge("left out together", |forger| {
        for step in forger.all_steps() {
            forger.alter(format!("without {}", step.id), |bundle| {
                bundle.entry.steps = list(without(&bundle.entry.steps, |one| *one == step));
                for number in 0..bundle.units.len() {
                    edit(&mut bundle.units, number, |unit| {
                        unit.steps = list(without(&unit.steps, |one| *one == step));
                    });
                }
                for number in 0..bundle.shipments.len() {
                    edit(&mut bundle.shipments, number, |shipment| {
                        shipment.steps = list(without(&shipment.steps, |one| *one == step));
                    });
                }
                drop_transaction(bundle, step.moment());
            });
        }
        let original = forger.original.clone();
        for unit in &original.units {
            forger.alter(format!("without unit {}", unit.sscc), |bundle| {
                bundle.units = list(without(&bundle.units, |one| one == unit));
                for step in &unit.steps {
                    drop_transaction(bundle, step.moment());
                }
            });
        }
        for shipment in &original.shipments {
            forger.alter(format!("without shipment {}", shipment.id), |bundle| {
                bundle.shipments = list(without(&bundle.shipments, |one| one == shipment));
                for step in &shipment.steps {
                    drop_transaction(bundle, step.moment());
                }
            });
        }
    });
}

fn without<T: Clone>(items: &[T], is_gone: impl Fn(&T) -> bool) -> Vec<T> {
    let kept = items.iter().filter(|item| !is_gone(item));
    kept.cloned().collect()
}

fn drop_transaction(bundle: &mut HistoryBundle, (height, index): (u64, u32)) {
    for number in 0..bundle.blocks.len() {
        edit(&mut bundle.blocks, number, |block| {
            if block.head.header.height == height {
                let kept = without(&block.transactions, |one| one.index == index);
                block.transactions = list(kept);
            }
        });
    }
    bundle.blocks = list(without(&bundle.blocks, |block| {
        block.transactions.is_empty()
    }));
}

#[test]
fn no_transaction_or_header_is_altered() {
    let stranger = SigningKey::from_seed(&[77; 32]);
    let chain = World::new().chain_id();
    forge("transactions and headers", |forger| {
        let original = forger.original.clone();
        for (number, block) in original.blocks.iter().enumerate() {
            for index in 0..block.transactions.len() {
                forger.transaction("salt", number, index, |one| {
                    one.signed.transaction.salt[3] ^= 1;
                });
                forger.transaction("valid_until", number, index, |one| {
                    one.signed.transaction.valid_until.0 += 1;
                });
                forger.transaction("kind", number, index, |one| {
                    one.signed.transaction.action.kind ^= 1;
                });
                forger.transaction("index", number, index, |one| one.index ^= 1);
                forger.transaction("signed by another", number, index, |one| {
                    let mut transaction = one.signed.transaction.clone();
                    transaction.signer = stranger.public_key();
                    one.signed = transaction.sign(&chain, &stranger);
                });
                forger.transaction("of another block", number, index, |one| {
                    let blocks = &original.blocks;
                    let other = &blocks[(number + 1) % blocks.len()];
                    one.signed = other.transactions[0].signed.clone();
                });
            }
            forger.block("time", number, |block| block.head.header.time.0 += 1);
            forger.block("height", number, |block| block.head.header.height += 1);
            forger.block("root", number, |block| {
                let root = &mut block.head.header.transactions_root;
                *root = flipped(*root);
            });
            forger.block("count", number, |block| {
                block.head.header.transaction_count += 1;
            });
            forger.block("round", number, |block| block.head.certificate.round += 1);
            forger.block("set", number, |block| {
                block.head.signers = Some(World::new().consortium.validators);
            });
            let signatures = block.head.certificate.signatures.len();
            forger.block("minority", number, |block| {
                let certificate = &mut block.head.certificate;
                certificate.signatures = list(certificate.signatures[..signatures - 1].to_vec());
            });
        }
    });
}

#[test]
fn no_private_half_salt_or_account_is_altered() {
    let other = AccountId(theriac_crypto::digest("test", b"another account"));
    forge("private halves", |forger| {
        let original = forger.original.clone();
        forger.alter("salt", |bundle| bundle.salt = flipped(bundle.salt));
        forger.alter("salt of another chain", |bundle| {
            bundle.salt = World::of_seed(2).genesis.records.salt;
        });
        forger.alter("version", |bundle| bundle.version += 1);
        forger.alter("run: account", |bundle| bundle.run.private.account = other);
        forger.alter("pack: by", |bundle| bundle.entry.private.by = other);
        forger.alter("pack: place", |bundle| {
            bundle.entry.private.place = PackPlace::Account(other);
        });
        for number in 0..original.units.len() {
            forger.alter(format!("unit {number}: state"), |bundle| {
                edit(&mut bundle.units, number, |unit| {
                    unit.private.state = UnitState::Held(other);
                });
            });
            forger.alter(format!("unit {number}: nesting"), |bundle| {
                edit(&mut bundle.units, number, |unit| unit.private.nesting += 1);
            });
        }
        for number in 0..original.shipments.len() {
            forger.alter(format!("shipment {number}: to"), |bundle| {
                edit(&mut bundle.shipments, number, |one| one.private.to = other);
            });
            forger.alter(format!("shipment {number}: state"), |bundle| {
                edit(&mut bundle.shipments, number, |one| {
                    one.private.state = ShipmentState::Open;
                });
            });
        }
        for number in 0..original.signers.len() {
            forger.alter(format!("signer {number}: account"), |bundle| {
                edit(&mut bundle.signers, number, |one| {
                    one.private.account = other;
                });
            });
        }
    });
}

/// Parts of true histories, put together wrongly: of other packs, and of other heights.
#[test]
fn parts_of_true_histories_make_no_other_history() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let trust = trust(&world);
    let earlier: Vec<_> = FOLLOWED.iter().map(|(at, _)| bundle(&node, *at)).collect();
    // Something else happens, so that every proof of the next height is another.
    let lock = Lock {
        packs: packs(story::run(), &[(299, 1)]),
        reason: LockReason::Quality,
    };
    let lock = world.sign(Actor::Maker, lock, node.chain.parent().time);
    node.advance(&world, vec![lock]);
    let later: Vec<_> = FOLLOWED.iter().map(|(at, _)| bundle(&node, *at)).collect();
    let (mut tried, mut accepted) = (0, Vec::new());
    for original in &earlier {
        let mut forger = Forger::new(original.clone(), &trust);
        // Two packs to which nothing happened differ in what is on record of them alone.
        forger.truths.clone_from(&earlier);
        for other in earlier.iter().chain(&later) {
            forger.alter("evidence", |bundle| {
                bundle.evidence = other.evidence.clone();
            });
            forger.alter("entry", |bundle| bundle.entry = other.entry.clone());
            forger.alter("units", |bundle| bundle.units = other.units.clone());
            forger.alter("shipments", |bundle| {
                bundle.shipments = other.shipments.clone();
            });
            forger.alter("signers", |bundle| bundle.signers = other.signers.clone());
            forger.alter("blocks", |bundle| bundle.blocks = other.blocks.clone());
            forger.alter("serial", |bundle| {
                bundle.evidence.question.serial = other.evidence.question.serial;
            });
        }
        tried += forger.tried;
        accepted.extend(forger.accepted);
    }
    println!("mixtures: {tried} forged, {} accepted", accepted.len());
    assert!(accepted.is_empty(), "{accepted:?}");
}

#[test]
fn no_flipped_bit_is_accepted_or_panics() {
    forge("bits", |forger| {
        let bytes = encode(&forger.original);
        for bit in (0..bytes.len() * 8).step_by(BIT_STRIDE) {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            forger.bytes(format!("bit {bit}"), &altered);
        }
        for length in (0..bytes.len()).step_by(BIT_STRIDE) {
            forger.bytes(format!("cut at {length}"), &bytes[..length]);
        }
    });
}

#[test]
fn a_history_of_another_chain_is_not_accepted() {
    let mut world = World::new();
    let node = told(&mut world, LAST);
    let foreign = trust(&World::of_seed(2));
    for (position, _) in FOLLOWED {
        let bundle = bundle(&node, position);
        let checked = check(&bundle, &foreign, fresh(&bundle));
        assert!(checked.failed.is_some() && checked.events.is_empty());
    }
    let empty = BoundedList::empty();
    let mut bundle = bundle(&node, DISPENSED);
    bundle.blocks = empty;
    let checked = check(&bundle, &trust(&world), fresh(&bundle));
    assert!(checked.failed.is_some());
}
