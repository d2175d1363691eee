//! Documents of events, the jobs behind requests, and drafts.

use theriac_crypto::{Digest, digest};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::testing::{commission_run, gtin, run_id};
use theriac_records::Database;
use theriac_records::repository::captures::{
    self, CaptureFault, CaptureState, CapturedBefore, ErrorBehaviour, EventBehind, NewCapture,
    Reached,
};
use theriac_records::repository::drafts::{self, DraftState, NewDraft};
use theriac_records::repository::intents::{
    IntentError, IntentState, NewCaptured, NewIntent, mark_rejected, store_intents,
};
use theriac_records::repository::jobs;

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};

on_both_databases!(
    capture_is_kept_under_its_key_until_it_is_finished,
    event_counts_once_until_the_ledger_refuses_it,
    event_of_which_a_part_was_refused_was_not_captured,
    repeated_event_is_decided_with_the_first_one,
    job_counts_steps_and_packs,
    draft_is_decided_once,
);

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn later(ms: u64) -> Timestamp {
    NOW.saturating_add(ms)
}

pub(crate) fn new_capture(id: &str, key: Option<&str>) -> NewCapture {
    NewCapture {
        id: id.to_owned(),
        caller: "line-1".to_owned(),
        key: key.map(str::to_owned),
        request: digest("test", b"document"),
        document: "{}".to_owned(),
        events: 2,
        behaviour: ErrorBehaviour::Proceed,
    }
}

pub(crate) fn anchor(text: &str) -> ActionBody {
    AnchorDigest {
        kind: AnchorKind::Event,
        digest: digest("test", text.as_bytes()),
    }
    .into()
}

fn intent(id: &str, body: ActionBody, captured: Option<NewCaptured>) -> NewIntent {
    NewIntent {
        captured,
        ..NewIntent::new(id, body)
    }
}

fn captured(capture: &str, number: u32, event: &str) -> NewCaptured {
    NewCaptured {
        capture: capture.to_owned(),
        events: vec![EventBehind {
            number,
            event_id: event.to_owned(),
            hash: digest("test", event.as_bytes()),
            declaration: None,
        }],
    }
}

pub(crate) async fn refuse(db: &Database, now: Timestamp, id: &str) {
    let error = IntentError {
        code: "lot_recalled".to_owned(),
        detail: "the lot is recalled".to_owned(),
        hint: None,
        status: 409,
    };
    mark_rejected(db, now, id, &error).await.unwrap();
}

async fn capture_is_kept_under_its_key_until_it_is_finished(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    let first = new_capture("a", Some("line-1/k"));
    let stored = captures::store_capture(db, NOW, &first).await.unwrap();
    assert_eq!(stored.state, CaptureState::Received);
    let again = new_capture("b", Some("line-1/k"));
    let found = captures::store_capture(db, later(1), &again).await.unwrap();
    assert_eq!(found.id, "a");
    for (id, ms) in [("c", 2), ("d", 2), ("e", 3)] {
        let new = new_capture(id, None);
        captures::store_capture(db, later(ms), &new).await.unwrap();
    }
    let page = captures::list_captures(db, None, 2).await.unwrap();
    let ids: Vec<_> = page.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["e", "d"]);
    let place = Some((page[1].created_at, page[1].id.as_str()));
    let rest = captures::list_captures(db, place, 9).await.unwrap();
    let ids: Vec<_> = rest.iter().map(|found| found.id.as_str()).collect();
    assert_eq!(ids, ["c", "a"]);

    let fault = CaptureFault {
        at: "epcisBody.eventList[0]".to_owned(),
        code: "serial_taken".to_owned(),
        detail: "taken".to_owned(),
    };
    let faults = std::slice::from_ref(&fault);
    captures::mark_capture(db, later(9), "a", CaptureState::Finished, faults)
        .await
        .unwrap();
    let finished = captures::find_capture(db, "a").await.unwrap().unwrap();
    assert_eq!(finished.errors, [fault]);
    assert_eq!(finished.finished_at, Some(later(9)));
    assert_eq!(captures::find_document(db, "a").await.unwrap(), None);
    let waiting = captures::list_captures_in(db, CaptureState::Received).await;
    assert_eq!(waiting.unwrap(), ["c", "d", "e"]);
}

async fn event_counts_once_until_the_ledger_refuses_it(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    let new = intent("i1", anchor("one"), Some(captured("a", 0, "urn:event:1")));
    store_intents(db, NOW, None, &[new]).await.unwrap();
    let ids = ["urn:event:1".to_owned(), "urn:event:2".to_owned()];
    let found = captures::find_captured(db, &ids).await.unwrap();
    let hash: Digest = digest("test", b"urn:event:1");
    let before = CapturedBefore {
        hash,
        declaration: None,
        reached: Reached::Open,
        intents: vec!["i1".to_owned()],
    };
    assert_eq!(
        found.into_iter().collect::<Vec<_>>(),
        [(ids[0].clone(), vec![before])]
    );
    let outcome = captures::find_outcome(db, "a", 9).await.unwrap();
    assert!(outcome.is_open && outcome.refused.is_empty());
    refuse(db, NOW, "i1").await;
    assert!(captures::find_captured(db, &ids).await.unwrap().is_empty());
    let outcome = captures::find_outcome(db, "a", 9).await.unwrap();
    assert!(!outcome.is_open);
    assert_eq!(outcome.refused[0].0, 0);
    assert_eq!(outcome.refused[0].1.code, "lot_recalled");
}

async fn event_of_which_a_part_was_refused_was_not_captured(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    let new = ["i1", "i2"].map(|id| {
        let behind = captured("a", 0, "urn:event:1");
        intent(id, anchor(id), Some(behind))
    });
    store_intents(db, NOW, None, &new).await.unwrap();
    refuse(db, NOW, "i2").await;
    let ids = ["urn:event:1".to_owned()];
    let found = captures::find_captured(db, &ids).await.unwrap();
    assert_eq!(found["urn:event:1"][0].reached, Reached::InPart);
    let outcome = captures::find_outcome(db, "a", 9).await.unwrap();
    assert!(outcome.is_open);
    assert_eq!(outcome.refused.len(), 1);
    assert!(
        captures::find_outcome(db, "a", 0)
            .await
            .unwrap()
            .refused
            .is_empty()
    );
}

async fn repeated_event_is_decided_with_the_first_one(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    let first = captured("a", 0, "urn:event:1");
    let new = intent("i1", anchor("one"), Some(first.clone()));
    store_intents(db, NOW, None, &[new]).await.unwrap();
    let again = EventBehind {
        number: 7,
        ..first.events[0].clone()
    };
    let repeated = [(again, vec!["i1".to_owned()])];
    for _ in 0..2 {
        captures::store_repeated(db, "b", &repeated).await.unwrap();
        let outcome = captures::find_outcome(db, "b", 9).await.unwrap();
        assert!(outcome.is_open);
    }
    refuse(db, NOW, "i1").await;
    let outcome = captures::find_outcome(db, "b", 9).await.unwrap();
    assert!(!outcome.is_open);
    assert_eq!(outcome.refused[0].0, 7);
    captures::store_repeated(db, "b", &[]).await.unwrap();
    let outcome = captures::find_outcome(db, "b", 9).await.unwrap();
    assert_eq!(outcome, captures::CaptureOutcome::default());
}

async fn job_counts_steps_and_packs(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    assert_eq!(jobs::find_job(db, "i1").await.unwrap(), None);
    let run = commission_run(run_id(gtin("9506000", 1), "L1", 0), 0, 40);
    let new = [
        intent("i1", run.into(), None),
        intent("i2", anchor("two"), None),
    ];
    store_intents(db, NOW, None, &new).await.unwrap();
    let job = jobs::find_job(db, "i1").await.unwrap().unwrap();
    assert_eq!((job.steps, job.packs, job.packs_final), (2, 40, 0));
    assert!(!job.is_settled());
    assert_eq!(jobs::find_job(db, "i2").await.unwrap(), None);
    refuse(db, NOW, "i1").await;
    refuse(db, NOW, "i2").await;
    let job = jobs::find_job(db, "i1").await.unwrap().unwrap();
    assert!(job.is_settled());
    assert_eq!(job.steps_rejected, 2);
    let refused = jobs::list_steps(db, "i1", IntentState::Rejected, 9).await;
    let refused = refused.unwrap();
    assert_eq!(refused[1].intent, "i2");
    assert_eq!(refused[0].error.as_ref().unwrap().code, "lot_recalled");
}

async fn draft_is_decided_once(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    let db = &test.db;
    let new = NewDraft {
        id: "d1".to_owned(),
        key: "line-1/k".to_owned(),
        digest: digest("test", b"request"),
        kind: "batches".to_owned(),
        request: "{}".to_owned(),
        content: Some(vec![0, 255]),
        words: vec!["bring packs into being".to_owned()],
        author: "line-1".to_owned(),
        persons: vec!["line-1".to_owned(), "user:anna".to_owned()],
    };
    let stored = drafts::store_draft(db, NOW, &new).await.unwrap();
    assert_eq!((stored.state, &stored.draft), (DraftState::Open, &new));
    let other = NewDraft {
        id: "d2".to_owned(),
        ..new.clone()
    };
    let found = drafts::store_draft(db, later(1), &other).await.unwrap();
    assert_eq!(found.draft.id, "d1");
    let approved = DraftState::Approved;
    let first = drafts::decide_draft(db, later(2), "d1", approved, "quality", Some("seen")).await;
    assert!(first.unwrap());
    let declined = DraftState::Declined;
    let second = drafts::decide_draft(db, later(3), "d1", declined, "other", None).await;
    assert!(!second.unwrap());
    let found = drafts::find_draft(db, "d1").await.unwrap().unwrap();
    assert_eq!(found.state, approved);
    assert_eq!(found.decided_by.as_deref(), Some("quality"));
    let open = drafts::list_drafts(db, Some(DraftState::Open), None, 9).await;
    assert!(open.unwrap().is_empty());
    for before in [None, Some((Timestamp(u64::MAX), "x"))] {
        let all = drafts::list_drafts(db, None, before, 9).await;
        assert_eq!(all.unwrap().len(), 1, "{before:?}");
    }
}
