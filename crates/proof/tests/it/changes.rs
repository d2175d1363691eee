//! Golden evidence from before, amid and after changes of the validators, from one anchor of genesis.

use std::collections::BTreeMap;
use std::path::Path;

use theriac_proof::EvidenceBundle;
use theriac_proof::check::{CheckName, Checked, Freshness, check};
use theriac_proof::light::{Checkpoint, Trust};
use theriac_proof::verdict::Verdict;

fn read(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors");
    std::fs::read(folder.join(name)).expect("a vector")
}

fn bundle(name: &str) -> EvidenceBundle {
    EvidenceBundle::from_json(&read(&format!("bundle-{name}.json"))).expect("a bundle")
}

fn genesis() -> Trust {
    Trust::from_json(&read("genesis.json")).expect("an anchor")
}

fn checked(bundle: &EvidenceBundle, trust: &Trust) -> Checked {
    let freshness = Freshness {
        now: bundle.head.header.time,
        age_ms_max: 0,
    };
    check(bundle, trust, freshness)
}

#[test]
fn evidence_from_before_amid_and_after_the_changes_holds_from_genesis() {
    let before_amid_after = ["active", "active-amid-changes", "active-after-changes"];
    for (name, sizes) in before_amid_after
        .into_iter()
        .zip([&[4][..], &[4, 5], &[4, 5, 6, 5, 4]])
    {
        let bundle = bundle(name);
        let checked = checked(&bundle, &genesis());
        assert_eq!(checked.failed, None, "{name}: {:?}", checked.verdict);
        let expected: Verdict =
            serde_json::from_slice(&read(&format!("verdict-{name}.json"))).unwrap();
        assert_eq!(checked.verdict, expected, "{name}");
        let mut sets = vec![genesis().validators().members().len()];
        sets.extend(bundle.steps.iter().map(|step| step.next.members().len()));
        assert_eq!(sets, sizes, "{name}");
    }
}

#[test]
fn half_of_the_validators_that_signed_the_last_block_are_none_of_genesis() {
    let last = bundle("active-after-changes");
    let genesis = genesis();
    let signers = last.head.certificate.signatures.iter();
    let known = signers.filter(|one| genesis.validators().find(&one.validator).is_some());
    assert!(2 * known.count() <= genesis.validators().members().len());
}

#[test]
fn evidence_after_the_changes_holds_from_a_checkpoint_at_each_of_them() {
    let after = bundle("active-after-changes");
    for step in &*after.steps {
        let header = &step.head.header;
        let trust = Trust::from_checkpoint(Checkpoint {
            chain_id: header.chain_id,
            height: header.height,
            block: header.digest(),
            time: header.time,
            next_validators: step.next.clone(),
        });
        assert_eq!(checked(&after, &trust).failed, None, "{}", header.height);
        let old = checked(&bundle("active"), &trust);
        assert_eq!(old.failed, Some(CheckName::Validators), "{}", header.height);
    }
}

#[test]
fn evidence_with_other_steps_fails_the_check_that_it_must() {
    let refused: BTreeMap<String, CheckName> =
        serde_json::from_slice(&read("refused.json")).unwrap();
    assert!(refused.len() >= 9, "{refused:?}");
    for (name, expected) in refused {
        let checked = checked(&bundle(&name), &genesis());
        assert_eq!(
            checked.failed,
            Some(expected),
            "{name}: {:?}",
            checked.verdict
        );
        let known: Verdict =
            serde_json::from_slice(&read(&format!("verdict-{name}.json"))).unwrap();
        assert_eq!(checked.verdict, known, "{name}");
    }
}
