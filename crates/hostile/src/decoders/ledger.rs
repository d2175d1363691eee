//! Transactions, blocks, and bodies that an insider signs.

use theriac_ledger::action::Action;
use theriac_ledger::block::{Block, Header, Parent, check_header, check_transactions};
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::execute::{Changeset, CheckedTransaction, Execution, Refusal, check_stateless};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::Actor;
use theriac_ledger::transaction::{SignedTransaction, Transaction};

use crate::scene::Scene;

/// A transaction from anybody: one form, and nothing passes but what the scene's members signed.
pub(crate) fn transaction(bytes: &[u8]) {
    let Ok(signed) = SignedTransaction::decode(bytes) else {
        return;
    };
    assert_eq!(signed.encode(), bytes, "a transaction has two forms");
    let scene = Scene::shared();
    let decoded = signed.transaction.action.decode();
    if let Ok(body) = &decoded {
        let again = body.to_action();
        assert_eq!(again.as_ref(), Ok(&signed.transaction.action));
    }
    if let Ok(checked) = check_stateless(signed, &scene.chain()) {
        assert!(decoded.is_ok());
        assert!(scene.is_known(checked.id()), "nobody signed this");
    }
}

/// A block from a proposer or a node.
pub(crate) fn block(bytes: &[u8]) {
    if let Ok(header) = theriac_ledger::encoding::decode::<Header>(bytes, bytes.len()) {
        judge_header(&header);
    }
    let Ok(block) = Block::decode(bytes) else {
        return;
    };
    assert_eq!(block.encode(), bytes, "a block has two forms");
    judge_header(&block.header);
    if check_transactions(&block).is_ok() {
        let mut other = block.clone();
        other.header.transaction_count = other.header.transaction_count.wrapping_add(1);
        assert!(check_transactions(&other).is_err(), "any count will do");
    }
}

fn judge_header(header: &Header) {
    let text = serde_json::to_vec(header).expect("a header is JSON");
    let read: Header = serde_json::from_slice(&text).expect("its JSON reads");
    assert_eq!(read, *header);
    let scene = Scene::shared();
    let _ = check_header(&Parent::genesis(&scene.ledger.anchor), header);
    assert!(
        check_header(&Parent::of(header), header).is_err(),
        "its own parent"
    );
}

/// `actor u8 ‖ kind u16 LE ‖ body`: a member signs anything at all. It is refused without a trace, or
/// does what it says, the same each time.
pub(crate) fn action(bytes: &[u8]) {
    let Some(([actor, low, high], body)) = bytes.split_first_chunk() else {
        return;
    };
    let scene = Scene::shared();
    let actor = Actor::ALL[usize::from(*actor) % Actor::ALL.len()];
    let Ok(body) = BoundedBytes::new(body.to_vec()) else {
        return;
    };
    let key = scene.key(actor);
    let transaction = Transaction {
        signer: key.public_key(),
        salt: [7; 16],
        valid_until: scene.ledger.time.saturating_add(60_000),
        action: Action {
            kind: u16::from_le_bytes([*low, *high]),
            body,
        },
        details: None,
    };
    let signed = transaction.sign(&scene.chain(), &key);
    let Ok(checked) = check_stateless(signed, &scene.chain()) else {
        return;
    };
    let again = checked.body().to_action();
    assert_eq!(again.as_ref(), Ok(&checked.signed().transaction.action));
    judge_action(scene, &checked);
}

fn judge_action(scene: &Scene, checked: &CheckedTransaction) {
    let (accepted, changes) = execute(scene, checked);
    assert_eq!(execute(scene, checked), (accepted, changes.clone()));
    if !accepted {
        assert!(changes.writes.is_empty() && changes.runs.is_empty() && changes.steps.is_empty());
        return;
    }
    let mut after = scene.ledger.state.clone();
    let written: Vec<_> = changes.writes.clone().into_iter().collect();
    after.apply(changes);
    for (key, record) in &written {
        let known = scene.ledger.state.records().get(key);
        assert!(
            known != Some(record),
            "a record is written that stays as it was"
        );
    }
    assert!(
        after
            .is_included(checked.id())
            .is_ok_and(|included| included)
    );
}

fn execute(scene: &Scene, checked: &CheckedTransaction) -> (bool, Changeset) {
    let mut execution = Execution::new(&scene.ledger.state, scene.context());
    let accepted = match execution.apply(checked) {
        Ok(()) => true,
        Err(Refusal::Rejected(rejection)) => {
            assert!(!rejection.hint().is_empty() && !rejection.code().is_empty());
            false
        }
        Err(Refusal::Unavailable(error)) => {
            assert!(
                error.to_string().is_empty(),
                "the state is readable: {error}"
            );
            false
        }
    };
    (accepted, execution.finish())
}
