//! A read model that is dropped and folded again is the same.

use theriac_crypto::digest;
use theriac_gs1::SerialNumber;
use theriac_ledger::action::ActionBody;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_records::Database;
use theriac_records::fold::{BatchFold, FinalBlock, FoldError};
use theriac_records::rebuild::{self, Begun, RebuildError};
use theriac_records::repository::chain as chain_table;
use theriac_records::repository::intents::{
    self, IntentError, NewEvent, NewIntent, NewNotice, NewSerials, RequestKey, SignedBytes,
};

use crate::chain::{TestBlock, TestChain};
use crate::databases::{Kind, TestDatabase, database, on_both_databases};
use crate::dice::Dice;
use crate::same_as_ledger::play;
use crate::tables::dump;

on_both_databases!(
    a_rebuilt_read_model_has_every_row_that_it_had,
    a_rebuilding_that_was_cut_off_goes_on_from_where_it_was,
    a_rebuilding_that_a_service_has_finished_is_over_and_the_next_one_begins_anew,
    a_rebuilding_of_another_chain_or_of_nothing_is_refused,
    a_chain_that_has_another_block_now_is_named,
    blocks_folded_together_leave_nothing_when_one_is_refused,
);

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn intent(id: &str, body: ActionBody) -> NewIntent {
    NewIntent::new(id, body)
}

/// A service's own rows: a product that is final, a run that is open, one that was refused.
async fn store_own(chain: &mut TestChain, db: &Database) {
    let item = gtin("9506000", 8);
    let body: ActionBody = product(item).into();
    let request = RequestKey {
        key: "k".to_owned(),
        request: digest("test", b"request"),
    };
    let run = run_id(item, "LOT-B", 0);
    let commissioning: ActionBody = commission_run(run, 90_000, 2).into();
    let serials = ["A1", "B2"].map(|text| SerialNumber::parse(text).unwrap());
    let open = NewIntent {
        event: Some(NewEvent {
            salt: [7; 32],
            hash: digest("test", b"event"),
            document: "{}".to_owned(),
        }),
        serials: Some(NewSerials {
            run,
            serials: serials.to_vec(),
        }),
        notice: Some(NewNotice {
            digest: digest("test", b"notice"),
            text: "notice".to_owned(),
        }),
        ..intent("open", commissioning.clone())
    };
    let stored = [
        intent("final", body.clone()),
        open,
        intent("refused", commissioning),
    ];
    intents::store_intents(db, NOW, Some(&request), &stored)
        .await
        .unwrap();
    let signed = chain.sign(Actor::Maker, &body);
    let bytes = SignedBytes {
        id: signed.transaction.id(&chain.anchor.chain_id()),
        bytes: signed.encode(),
        valid_until: signed.transaction.valid_until,
    };
    intents::mark_signed(db, NOW, "final", &bytes)
        .await
        .unwrap();
    let error = IntentError {
        code: "lot_closed".to_owned(),
        detail: "the lot is closed".to_owned(),
        hint: None,
        status: 409,
    };
    intents::mark_rejected(db, NOW, "refused", &error)
        .await
        .unwrap();
    let block = chain.legal_block(vec![signed]);
    assert_eq!(block.fold(db).await.unwrap(), 1);
}

async fn played(kind: Kind, seed: u64) -> (TestDatabase, TestChain) {
    let mut chain = TestChain::new(seed);
    let database = database(kind, &chain).await;
    store_own(&mut chain, &database.db).await;
    let chain = play(seed, &database.db, chain).await.chain;
    (database, chain)
}

async fn begin(db: &Database, chain: &TestChain) -> Begun {
    rebuild::begin(db, &chain.anchor, &chain.consortium.records)
        .await
        .unwrap()
}

async fn fold_together(
    fold: &mut BatchFold,
    db: &Database,
    blocks: &[TestBlock],
) -> Result<usize, FoldError> {
    let transactions: Vec<_> = blocks.iter().map(TestBlock::transactions).collect();
    let blocks: Vec<_> = blocks
        .iter()
        .zip(&transactions)
        .map(|(block, transactions)| FinalBlock {
            header: &block.header,
            transactions,
        })
        .collect();
    fold.fold(db, &blocks).await
}

/// Folds blocks, some together, as the dice will have it.
async fn fold_all(db: &Database, blocks: &[TestBlock], seed: u64) {
    let mut dice = Dice::new(seed);
    let mut fold = BatchFold::default();
    let mut rest = blocks;
    while !rest.is_empty() {
        let most = u32::try_from(rest.len()).unwrap();
        let count = usize::try_from(1 + dice.below(most.min(12))).unwrap();
        let folded = fold_together(&mut fold, db, &rest[..count]).await;
        assert_eq!(folded.unwrap(), count);
        rest = &rest[count..];
    }
}

async fn a_rebuilt_read_model_has_every_row_that_it_had(kind: Kind) {
    for seed in 20..22 {
        let (database, chain) = played(kind, seed).await;
        let before = dump(&database.place).await;
        assert!(before["pack_spans"].len() > 20 && before["intents"].len() == 3);
        assert!(
            before["pack_spans"][0].contains("\"place\":["),
            "bytes are compared"
        );
        let begun = begin(&database.db, &chain).await;
        assert_eq!(
            (begun.target.clone(), begun.is_resumed),
            (chain.parent.clone(), false)
        );
        let dropped = dump(&database.place).await;
        assert_eq!(dropped["pack_spans"], Vec::<String>::new());
        assert_eq!(dropped["intents"], before["intents"]);
        fold_all(&database.db, &chain.blocks, seed).await;
        rebuild::finish(&database.db, &begun).await.unwrap();
        let after = dump(&database.place).await;
        for (table, rows) in before {
            assert_eq!(after[table], rows, "{table}");
        }
    }
}

async fn a_rebuilding_that_was_cut_off_goes_on_from_where_it_was(kind: Kind) {
    let (database, chain) = played(kind, 22).await;
    let before = dump(&database.place).await;
    let begun = begin(&database.db, &chain).await;
    let mut db = database.db;
    let mut done = 0;
    while done < chain.blocks.len() {
        let end = chain.blocks.len().min(done + 17);
        fold_all(&db, &chain.blocks[done..end], 1).await;
        done = end;
        db.close().await.unwrap();
        db = Database::open(&database.place.settings).await.unwrap();
        let again = begin(&db, &chain).await;
        assert!(again.is_resumed);
        assert_eq!(again.target, begun.target);
        assert_eq!(again.head.height, u64::try_from(done).unwrap());
        let unfinished = rebuild::find_unfinished(&db).await.unwrap();
        assert_eq!(unfinished, Some(begun.target.clone()));
    }
    rebuild::finish(&db, &begun).await.unwrap();
    assert_eq!(rebuild::find_unfinished(&db).await.unwrap(), None);
    assert_eq!(dump(&database.place).await, before);
}

async fn a_rebuilding_that_a_service_has_finished_is_over_and_the_next_one_begins_anew(kind: Kind) {
    let (database, mut chain) = played(kind, 23).await;
    let db = &database.db;
    let begun = begin(db, &chain).await;
    for block in &chain.blocks {
        assert_eq!(block.fold(db).await.unwrap(), 1);
    }
    assert!(rebuild::find_unfinished(db).await.unwrap().is_some());
    let _ = chain.block(Vec::new()).0.fold(db).await.unwrap();
    assert_eq!(rebuild::find_unfinished(db).await.unwrap(), None);
    let again = begin(db, &chain).await;
    assert!(!again.is_resumed);
    assert_eq!((again.head.height, &again.target), (0, &chain.parent));
    assert!(again.target.height > begun.target.height);
    fold_all(db, &chain.blocks, 2).await;
    rebuild::finish(db, &again).await.unwrap();
    let head = chain_table::find_head(db).await.unwrap();
    assert_eq!(head, Some(chain.parent));
}

async fn a_rebuilding_of_another_chain_or_of_nothing_is_refused(kind: Kind) {
    let chain = TestChain::new(24);
    let database = database(kind, &chain).await;
    let other = TestChain::new(25);
    let refused = rebuild::begin(&database.db, &other.anchor, &other.consortium.records).await;
    assert!(matches!(refused, Err(RebuildError::AnotherChain { .. })));
    let place = crate::databases::Place::new(kind);
    let empty = Database::open(&place.settings).await.unwrap();
    let refused = rebuild::begin(&empty, &chain.anchor, &chain.consortium.records).await;
    assert_eq!(refused, Err(RebuildError::Nothing));
}

async fn a_chain_that_has_another_block_now_is_named(kind: Kind) {
    let mut chain = TestChain::new(26);
    let database = database(kind, &chain).await;
    chain
        .act(&database.db, Actor::Maker, product(gtin("9506000", 7)))
        .await;
    let begun = begin(&database.db, &chain).await;
    let mut other = TestChain::new(26);
    let (block, _) = other.block(Vec::new());
    assert_eq!(block.fold(&database.db).await.unwrap(), 1);
    let refused = rebuild::finish(&database.db, &begun).await;
    assert!(matches!(
        refused,
        Err(RebuildError::AnotherBlock { height: 1, .. })
    ));
}

async fn blocks_folded_together_leave_nothing_when_one_is_refused(kind: Kind) {
    let mut chain = TestChain::new(27);
    let database = database(kind, &chain).await;
    let (first, _) = chain.block(vec![(Actor::Maker, product(gtin("9506000", 7)).into())]);
    let _ = chain.block(Vec::new());
    let (third, _) = chain.block(Vec::new());
    let before = dump(&database.place).await;
    let mut fold = BatchFold::default();
    let gap = [first.clone(), third.clone()];
    let refused = fold_together(&mut fold, &database.db, &gap).await;
    assert!(matches!(refused, Err(FoldError::Block(_))), "{refused:?}");
    assert_eq!(dump(&database.place).await, before);
    // What was remembered of the blocks that were not folded is forgotten.
    let folded = fold_together(&mut fold, &database.db, &chain.blocks).await;
    assert_eq!(folded.unwrap(), 3);
    assert_eq!(dump(&database.place).await["products"].len(), 1);
    let again = fold_together(&mut fold, &database.db, &chain.blocks).await;
    assert_eq!(again.unwrap(), 0);
}
