//! Authorities that come back while the others still hold connections with what they were before, as
//! after a power cut: nobody closed them.

use std::net::SocketAddr;

use theriac_ledger::record::Parameters;
use tokio::io::{copy, copy_bidirectional, sink};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, within};

/// A way to an address that can be cut once: who has come keeps a connection on which nothing is heard
/// any more. Whoever comes later is let through.
struct Way {
    address: SocketAddr,
    cut: watch::Sender<bool>,
    /// How many have been let through.
    passed: watch::Receiver<usize>,
    _tasks: JoinSet<()>,
}

impl Way {
    async fn to(target: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (cut, seen) = watch::channel(false);
        let (count, passed) = watch::channel(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut passing = JoinSet::new();
            while let Ok((caller, _)) = listener.accept().await {
                // Where nobody listens the caller is turned away, as without this way.
                if let Ok(called) = TcpStream::connect(target).await {
                    count.send_modify(|count| *count += 1);
                    passing.spawn(pass(caller, called, seen.clone()));
                }
            }
        });
        Self {
            address,
            cut,
            passed,
            _tasks: tasks,
        }
    }

    async fn is_taken(&self) {
        let mut passed = self.passed.clone();
        within(passed.wait_for(|passed| *passed > 0)).await.unwrap();
    }
}

/// Passes bytes both ways until the way is cut; then the caller speaks to nobody.
async fn pass(mut caller: TcpStream, mut called: TcpStream, mut cut: watch::Receiver<bool>) {
    cut.mark_unchanged();
    tokio::select! {
        _ = copy_bidirectional(&mut caller, &mut called) => {}
        Ok(()) = cut.changed() => {
            drop(called);
            let _ = copy(&mut caller, &mut sink()).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_come_back_are_heard_again_by_those_who_hold_old_connections() {
    let mut cluster = Cluster::found(Parameters {
        idle_block_ms: 1_000,
        ..Parameters::default()
    });
    let mut ways = Vec::new();
    for (stays, goes) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
        let way = Way::to(cluster.addresses[goes]).await;
        cluster.detours.insert((stays, goes), way.address);
        ways.push(way);
    }
    // Those that will go listen first, so that the others come to them and not the other way round.
    for index in [2, 3, 0, 1] {
        cluster.start_node(index).await;
    }
    for way in &ways {
        way.is_taken().await;
    }
    cluster.commit().await;
    for way in &ways {
        way.cut.send_replace(true);
    }
    for index in [2, 3] {
        cluster.stop_node(index).await;
    }
    for index in [2, 3] {
        cluster.start_node(index).await;
    }
    let height = cluster.commit().await;
    cluster.check_agreement(height);
    cluster.stop().await;
}
