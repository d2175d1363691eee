//! Nodes that begin from a snapshot of another, and backups.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Arc;

use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_client::wire::{NodeRole, NodeStatus};
use theriac_client::{NodeClient, NodeError, NodeUrl, TimeLimits};
use theriac_http::clock::FixedClock;
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::testing::Consortium;
use theriac_node::RunningNode;
use theriac_node::config::NodeConfig;
use theriac_node::join::{BackupError, JoinError, backup, join, restore_backup};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::ceremony::{Ceremony, PATIENCE, reaches, submit, url};

/// A validator with blocks far apart in time: a snapshot to join from leaves the first ones out.
async fn old_chain() -> (Ceremony, RunningNode) {
    let clock = Arc::new(FixedClock::new(Consortium::START.0 + 1_000));
    let mut ceremony = Ceremony::hold();
    ceremony.clock = clock.clone();
    let validator = ceremony.validator().await;
    for step in 0..3 {
        submit(&ceremony.submitter(&validator), &format!("old {step}")).await;
        clock.advance(VALIDITY_MS_MAX + 60_000);
    }
    submit(&ceremony.submitter(&validator), "new").await;
    (ceremony, validator)
}

async fn joined(
    ceremony: &Ceremony,
    config: &NodeConfig,
    from: &[NodeUrl],
) -> Result<theriac_node::snapshot::Restored, JoinError> {
    join(config, from, Arc::clone(&ceremony.clock), |_| {}).await
}

/// Asks until a status is as it should be.
async fn status_when(client: &NodeClient, is_so: impl Fn(&NodeStatus) -> bool) -> NodeStatus {
    let asking = async {
        loop {
            let status = client.status().await.unwrap();
            if is_so(&status) {
                return status;
            }
        }
    };
    tokio::time::timeout(PATIENCE, asking).await.unwrap()
}

#[actix_web::test]
async fn a_follower_joins_from_a_snapshot_follows_and_fetches_the_blocks_before_it() {
    let (ceremony, validator) = old_chain().await;
    let config = ceremony.config("follower", NodeRole::Follower, vec![url(&validator)]);
    let restored = joined(&ceremony, &config, &[]).await.unwrap();
    assert!(restored.oldest > 1, "{restored:?}");

    let follower = ceremony.run(config.clone()).await.unwrap();
    assert!(follower.chain.parent().height >= restored.head.height);
    let (height, _) = submit(&ceremony.submitter(&follower), "through the follower").await;
    reaches(&follower, height).await;
    let client = ceremony.client(&follower);
    status_when(&client, |status| status.oldest_block == 1).await;
    for height in 1..=height {
        let there = ceremony.client(&validator).block(height).await.unwrap();
        assert_eq!(client.block(height).await.unwrap(), there);
    }
    follower.stop().await.unwrap();

    let error = joined(&ceremony, &config, &[]).await.unwrap_err();
    assert!(matches!(error, JoinError::NotEmpty { .. }), "{error:?}");
    let follower = ceremony.run(config).await.unwrap();
    assert!(follower.chain.parent().height >= height);
    follower.stop().await.unwrap();
    validator.stop().await.unwrap();
}

#[actix_web::test]
async fn blocks_that_are_not_here_yet_are_not_called_unknown() {
    let (ceremony, validator) = old_chain().await;
    let config = ceremony.config("follower", NodeRole::Follower, vec![url(&validator)]);
    let restored = joined(&ceremony, &config, &[]).await.unwrap();
    validator.stop().await.unwrap();

    let follower = ceremony.run(config).await.unwrap();
    let client = ceremony.client(&follower);
    assert_eq!(client.status().await.unwrap().oldest_block, restored.oldest);
    let not_ready = |error: NodeError| match error {
        NodeError::Refused { problem, .. } => {
            assert_eq!(problem.code, "not_ready");
        }
        other => panic!("{other:?}"),
    };
    not_ready(client.block(1).await.unwrap_err());
    not_ready(client.blocks(1, 8).await.unwrap_err());
    not_ready(client.stream(1).await.unwrap_err());
    client.block(restored.oldest).await.unwrap();
    client.blocks(restored.oldest, 8).await.unwrap();
    follower.stop().await.unwrap();
}

#[actix_web::test]
async fn a_node_is_restored_from_a_backup_with_all_blocks_and_keeps_its_guard_but_not_its_log() {
    let (ceremony, validator) = old_chain().await;
    let file = ceremony.path().join("node.backup");
    let config = ceremony.config("follower", NodeRole::Follower, vec![url(&validator)]);
    let clock = || Arc::clone(&ceremony.clock);
    let from = url(&validator);
    let taken = backup(&config, from.clone(), clock(), &file, &mut |_| {})
        .await
        .unwrap();
    let found = file.metadata().unwrap();
    assert_eq!(found.len(), taken);
    assert_eq!(found.permissions().mode() & 0o077, 0);
    let again = backup(&config, from, clock(), &file, &mut |_| {}).await;
    assert!(
        matches!(again, Err(BackupError::Exists { .. })),
        "{again:?}"
    );

    // The log speaks of blocks that were in the folder that is lost; the guard of votes.
    let consensus = config.consensus_folder();
    std::fs::create_dir_all(&consensus).unwrap();
    for name in ["consensus.wal", "signing-guard"] {
        std::fs::write(consensus.join(name), name).unwrap();
    }
    let restored = restore_backup(&config, &file, &mut |_| {}).unwrap();
    assert_eq!(restored.oldest, 1);
    assert_eq!(left_in(&consensus), ["signing-guard"]);
    let follower = ceremony.run(config).await.unwrap();
    let (height, _) = submit(&ceremony.submitter(&follower), "after").await;
    reaches(&follower, height).await;
    for height in 1..=height {
        ceremony.client(&follower).block(height).await.unwrap();
    }
    follower.stop().await.unwrap();
    validator.stop().await.unwrap();
}

#[actix_web::test]
async fn a_snapshot_is_for_registered_keys() {
    let (ceremony, validator) = old_chain().await;
    let stranger = NodeClient::new(url(&validator), TimeLimits::default(), None).unwrap();
    let error = stranger.snapshot("window").await.unwrap_err();
    assert!(matches!(error, NodeError::Refused { .. }), "{error:?}");
    let member = ceremony.client(&validator);
    let error = member.snapshot("some").await.unwrap_err();
    let NodeError::Refused { problem, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(problem.code, "invalid_query");
    validator.stop().await.unwrap();
}

#[actix_web::test]
async fn a_node_that_serves_nonsense_or_half_of_it_is_left_for_the_next() {
    let (ceremony, validator) = old_chain().await;
    let file = ceremony.path().join("node.backup");
    let config = ceremony.config("validator", NodeRole::Validator, Vec::new());
    backup(
        &config,
        url(&validator),
        Arc::clone(&ceremony.clock),
        &file,
        &mut |_| {},
    )
    .await
    .unwrap();
    let whole = std::fs::read(&file).unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;

    let config = ceremony.config("follower", NodeRole::Follower, vec![url(&validator)]);
    let liars = [
        liar(b"<html>".to_vec()).await,
        liar(half).await,
        liar(altered).await,
    ];
    let error = joined(&ceremony, &config, &liars).await.unwrap_err();
    assert!(matches!(error, JoinError::Snapshot(_)), "{error:?}");
    assert_eq!(left_in(&config.data_dir), ["join.lock"]);

    let mut nodes = liars.to_vec();
    nodes.push(url(&validator));
    joined(&ceremony, &config, &nodes).await.unwrap();
    assert_eq!(left_in(&config.data_dir), ["chain", "join.lock"]);
    validator.stop().await.unwrap();
}

fn left_in(folder: &Path) -> Vec<String> {
    let entries = folder.read_dir().unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// A server that answers every request with the same bytes.
async fn liar(body: Vec<u8>) -> NodeUrl {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: {BINARY_MEDIA_TYPE}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
    });
    NodeUrl::parse(&format!("http://{address}")).unwrap()
}
