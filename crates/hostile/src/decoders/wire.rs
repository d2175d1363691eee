//! What a node answers: final blocks, pages of them, records with proofs, heads.

use serde::Serialize;
use serde::de::DeserializeOwned;
use theriac_client::wire::{
    BlockPage, FinalBlock, HeaderAnswer, MisbehaviourPage, NodeStatus, PeerTransactions,
    RecordAnswer, TransactionAnswer,
};
use theriac_client::{RecordName, TrustedSets, verify_block, verify_record};
use theriac_ledger::block::Parent;
use theriac_ledger::encoding::encode;
use theriac_ledger::transaction::SignedTransaction;

use crate::scene::Scene;

/// The same bytes as each answer.
pub(crate) fn wire(bytes: &[u8]) {
    if let Ok(block) = FinalBlock::decode(bytes) {
        assert_eq!(block.encode(), bytes, "a final block has two forms");
        judge_block(block);
    }
    if let Ok(page) = BlockPage::decode(bytes) {
        assert_eq!(encode(&page), bytes, "a page has two forms");
        for block in &page.blocks {
            if let Ok(block) = FinalBlock::decode(block) {
                judge_block(block);
            }
        }
    }
    if let Ok(batch) = PeerTransactions::decode(bytes) {
        assert_eq!(batch.encode(), bytes, "a batch has two forms");
        for transaction in &batch.transactions {
            let _ = SignedTransaction::decode(transaction);
        }
    }
    judge_json::<HeaderAnswer>(bytes);
    judge_json::<MisbehaviourPage>(bytes);
    judge_json::<NodeStatus>(bytes);
    judge_json::<TransactionAnswer>(bytes);
    if let Some(answer) = judge_json::<RecordAnswer>(bytes) {
        let sets = TrustedSets::new(&Scene::shared().ledger.anchor);
        for name in [RecordName::Validators, RecordName::Parameters] {
            let verified = verify_record(&sets, &name, &answer);
            assert!(verified.is_err(), "no record is under a root of zeros");
        }
    }
}

/// No block is signed by the validators of the scene.
fn judge_block(block: FinalBlock) {
    let anchor = &Scene::shared().ledger.anchor;
    let verified = verify_block(&Parent::genesis(anchor), &anchor.validators, block);
    assert!(verified.is_err(), "nobody signed this block");
}

fn judge_json<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Option<T> {
    let answer: T = serde_json::from_slice(bytes).ok()?;
    let text = serde_json::to_value(&answer).expect("an answer is JSON");
    let again: T = serde_json::from_value(text.clone()).expect("its JSON reads");
    let again = serde_json::to_value(&again).expect("an answer is JSON");
    assert_eq!(again, text);
    Some(answer)
}
