//! A file of as many packs as one call takes.

use serde_json::json;

use super::{
    Watcher, assert_file_is_on_chain_once, file_of, machine, maker, post_file, runs_on_chain,
};
use crate::alone;

const PACKS: u32 = 100_000;
/// Transactions of such a file.
const STEPS: u64 = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_of_as_many_packs_as_one_call_takes_is_made_once_though_stream_and_service_break() {
    let _alone = alone().await;
    let (network, mut maker) = maker(171, |_| {}).await;
    let (who, file) = (machine(&maker), file_of(PACKS));
    let kept = post_file(&maker, &who, ("file", "&wait_ms=0"), &file).await;
    assert_eq!(kept.status, 202, "{}", kept.body);

    let mut watcher = Watcher::of(&kept.body["intent"]);
    watcher.look(&maker).await;
    assert_eq!(watcher.progress["steps"], STEPS, "{}", watcher.progress);
    // Killed before anything is final, and amid the rest.
    for steps in 0..3 {
        watcher.look_until(&maker, steps).await;
        maker.kill();
        maker.start().await;
    }
    let finished = watcher.look_to_the_end(&maker).await.clone();
    assert_eq!(
        (
            &finished["state"],
            &finished["steps_final"],
            &finished["packs_final"]
        ),
        (&json!("final"), &json!(STEPS), &json!(PACKS)),
        "{finished}"
    );
    // Whoever lost the last event hears it again.
    watcher.look(&maker).await;
    assert_eq!(watcher.progress, finished);

    let again = post_file(&maker, &who, ("file", ""), &file).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(again.body["state"], "final", "{}", again.body);
    for same in ["intent", "intents"] {
        assert_eq!(again.body[same], kept.body[same], "{}", again.body);
    }
    let other = post_file(&maker, &who, ("file", ""), &file_of(1)).await;
    assert_eq!(
        other.body["code"], "idempotency_key_reused",
        "{}",
        other.body
    );
    assert_file_is_on_chain_once(&network, PACKS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_with_bad_lines_is_refused_whole_and_each_bad_line_is_named() {
    let _alone = alone().await;
    let (network, maker) = maker(172, |_| {}).await;
    let who = machine(&maker);
    let gtin = theriac_testkit::stock::test_product();
    let file = format!(
        "serial,gtin,lot,expiry\n\
        GOOD1,{gtin},LONG,2049-12-31\n\
        ,{gtin},LONG,2049-12-31\n\
        GOOD1,{gtin},LONG,2049-12-31\n\
        NOT A SERIAL,{gtin},LONG,2049-12-31\n\
        GOOD2,09506000134353,LONG,2049-12-31\n\
        GOOD3,{gtin},OTHER,2049-12-31\n\
        GOOD4,{gtin},LONG,2049-12-30\n\
        GOOD5,{gtin},LONG\n\
        GOOD6,{gtin},LONG,491231\n"
    );
    for (name, more) in [("looked-at", "&dry_run=true"), ("meant", "")] {
        let refused = post_file(&maker, &who, (name, more), &file).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["code"], "batch_rows_refused");
        let errors = refused.body["errors"].as_array().expect("errors").iter();
        let errors: Vec<_> = errors
            .map(|error| {
                (
                    error["at"].as_str().unwrap(),
                    error["code"].as_str().unwrap(),
                )
            })
            .collect();
        assert_eq!(
            errors,
            [
                ("line 3", "serial_missing"),
                ("line 4", "serial_duplicate"),
                ("line 5", "serial_invalid"),
                ("line 6", "wrong_check_digit"),
                ("line 7", "lot_differs"),
                ("line 8", "expiry_differs"),
                ("line 9", "columns_differ"),
            ]
        );
    }
    // What would be done is said, and not done.
    let dry = post_file(&maker, &who, ("dry", "&dry_run=true"), &file_of(3)).await;
    assert_eq!(dry.status, 200, "{}", dry.body);
    assert_eq!(dry.body["actions"].as_array().map(Vec::len), Some(1));
    assert_eq!(runs_on_chain(&network).await, []);

    // A refused call is no call: its key is free.
    let made = post_file(&maker, &who, ("meant", ""), &file_of(3)).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let more = post_file(&maker, &who, ("more", "&dry_run=true"), &file_of(4)).await;
    let errors = more.body["errors"].as_array().expect("errors").iter();
    let errors: Vec<_> = errors.map(|error| &error["at"]).collect();
    assert_eq!(errors, ["line 2", "line 3", "line 4"], "{}", more.body);
    assert_file_is_on_chain_once(&network, 3).await;
}
