//! Single calls: bounds and errors.

use std::sync::atomic::Ordering;

use theriac_client::node_client::AnswerFault;
use theriac_client::{NodeError, trust};

use crate::chain::{anchor, chain};
use crate::server::{TestServer, client, dead_url};

#[actix_web::test]
async fn an_answer_over_the_bound_is_refused() {
    let server = TestServer::start(chain(1));
    let error = server.client().status().await.unwrap_err();
    let is_too_long = matches!(
        error,
        NodeError::Malformed {
            source: AnswerFault::TooLong { .. },
            ..
        }
    );
    assert!(is_too_long, "{error:?}");
}

#[actix_web::test]
async fn a_node_that_is_down_is_told_from_one_that_refuses() {
    let error = client(dead_url()).header(None).await.unwrap_err();
    assert!(matches!(error, NodeError::Unreachable { .. }), "{error}");
    assert!(!error.may_have_been_carried_out());
    let server = TestServer::start(Vec::new());
    let error = server.client().header(None).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, "not_found");
    server.script.is_final.store(false, Ordering::SeqCst);
}

#[test]
fn an_anchor_reads_back_from_its_file_and_nothing_else_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("anchor.json");
    std::fs::write(&path, serde_json::to_vec(&anchor()).unwrap()).unwrap();
    assert_eq!(trust::load_anchor(&path).unwrap(), anchor());
    let mut later = anchor();
    later.protocol = 99;
    std::fs::write(&path, serde_json::to_vec(&later).unwrap()).unwrap();
    let error = trust::load_anchor(&path).unwrap_err().to_string();
    assert!(error.contains("protocol 99"), "{error}");
    std::fs::write(&path, b"{\"protocol\":1}").unwrap();
    assert!(trust::load_anchor(&path).is_err());
    std::fs::write(&path, vec![b' '; 65 * 1024 + 1]).unwrap();
    let error = trust::load_anchor(&path).unwrap_err().to_string();
    assert!(error.contains("longer than"), "{error}");
}
