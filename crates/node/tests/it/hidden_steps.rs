//! A snapshot whose server left out two changes of the validators that cancel each other.

use theriac_client::wire::FinalBlock;
use theriac_ledger::change::Change;
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::testing::Actor;
use theriac_ledger::testing::membership::new_validator;
use theriac_node::backfill::{BackfillError, put, put_steps};
use theriac_node::snapshot::Extent;
use theriac_proof::bundle::ValidatorStep;

use crate::evidence::changes::Course;
use crate::fixture::{Node, World};
use crate::snapshot::{frames, of_kind, restored_in, taken};

/// Kind of the frames with a change of the validators.
const STEP: u8 = 5;

/// A chain on which a fifth validator came and left long ago, and a node that was restored without either
/// change; with the changes, and the blocks that the node lacks.
fn with_a_hole() -> (World, Node, Vec<ValidatorStep>, Vec<FinalBlock>) {
    let mut world = World::new();
    let node = Node::new(&world);
    for transactions in world.story() {
        node.advance(&world, transactions);
    }
    let (chain, account) = (world.chain_id(), world.consortium.authority_account(0));
    let fifth = new_validator(&chain, "fifth", account);
    let validator = fifth.validator;
    let mut course = Course::new(&mut world, &node);
    course.decide(&Change::AddValidator(fifth));
    course.decide(&Change::RemoveValidator { validator });
    for _ in 0..3 {
        let time = node.chain.parent().time.saturating_add(VALIDITY_MS_MAX);
        let note = world.note(Actor::Maker, time);
        node.advance_at(&world, vec![note], time);
    }
    let parts = frames(&taken(&node, Extent::Window));
    let steps = of_kind(&parts, STEP);
    assert_eq!(steps.len(), 2, "frames of changes");
    let honest = parts.iter().enumerate();
    let shown = honest.filter(|(part, _)| !steps.contains(part));
    let bytes: Vec<u8> = shown.flat_map(|(_, frame)| frame.clone()).collect();
    let folder = tempfile::tempdir().unwrap();
    let restored = restored_in(folder.path(), &world, &bytes).unwrap();
    let older = (1..restored.oldest).map(|height| {
        let (_, certificate) = node.store.header(height).unwrap().unwrap();
        let block = node.store.block(height).unwrap().unwrap();
        FinalBlock { block, certificate }
    });
    let older: Vec<FinalBlock> = older.collect();
    let steps = node.store.view().validator_steps(0, 9).unwrap();
    (world, Node::start(folder), steps, older)
}

#[test]
fn blocks_between_hidden_changes_are_taken_once_the_changes_are_known() {
    let (_world, again, steps, older) = with_a_hole();
    let between = steps[1].head.header.height;
    let error = put(&again.store, older.clone()).unwrap_err();
    assert!(
        matches!(error, BackfillError::UnknownValidators { height } if height == between),
        "{error:?}"
    );
    assert_eq!(put_steps(&again.store, &steps).unwrap(), 2);
    assert_eq!(put_steps(&again.store, &steps).unwrap(), 0);
    assert_eq!(put(&again.store, older).unwrap(), 1);
    let again = again.restart();
    assert_eq!(again.store.view().validator_steps(0, 9).unwrap(), steps);
}

#[test]
fn one_of_two_hidden_changes_or_an_unsigned_one_is_not_taken() {
    let (_world, again, steps, _) = with_a_hole();
    let refused = |steps: &[ValidatorStep]| {
        let error = put_steps(&again.store, steps).unwrap_err();
        assert_eq!(again.store.view().validator_steps(0, 9).unwrap(), []);
        error
    };
    assert!(matches!(
        refused(&steps[..1]),
        BackfillError::StepOrder { .. }
    ));
    assert!(matches!(refused(&steps[1..]), BackfillError::Head { .. }));
    let mut unsigned = steps.clone();
    unsigned[0].head.certificate.signatures = BoundedList::empty();
    assert!(matches!(refused(&unsigned), BackfillError::Head { .. }));
}
