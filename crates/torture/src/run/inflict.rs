//! How each fault is done to real processes, disks and packets.

use std::time::Duration;

use theriac_http::clock::Stopwatch;

use super::Run;
use crate::disk;
use crate::error::TortureError;
use crate::node::GuardState;
use crate::patience::within;
use crate::plan::{Cut, CutOrder, Fault, Plan};

/// How long a node runs on a disk that is gone before its power goes, too.
const WRITES_FAIL: Duration = Duration::from_millis(40);
/// Time in which a node must notice that its disk is dead, under load, and end.
const NOTICE: Duration = Duration::from_mins(1);
/// Time in which a node whose disk was full either goes on or has ended.
const DECIDE: Duration = Duration::from_secs(30);
/// Time in which an emptied node must follow the others to where it cannot have voted: it reads the
/// whole chain, a few blocks a second where processors are shared.
const FOLLOW: Duration = Duration::from_mins(15);
/// Blocks that must be final above the one in which an emptied node may have voted.
const PAST_BLOCKS: u64 = 2;

/// What keeps a node from joining in bad weather: none comes, or half of one.
const WEATHER: [&str; 9] = [
    "cut off",
    "cannot be read",
    "has no block yet",
    "cannot be reached",
    "did not answer",
    "refuses (",
    "broke off",
    "no answer in time",
    "no sign of life",
];

/// Whether a node that joined was given what no honest node sends, by its words: whatever it says of a
/// snapshot and is not the weather. The command ends with one code for both.
fn is_refusal(said: &str) -> bool {
    let is_weather = |line: &str| WEATHER.iter().any(|words| line.contains(words));
    let mut lines = said.lines();
    lines.any(|line| line.contains("snapshot") && !is_weather(line))
}

impl Run<'_> {
    /// Does it, and mends what does not mend itself; how many nodes ended by themselves as they may.
    pub(super) async fn inflict(&mut self, fault: &Fault) -> Result<u64, TortureError> {
        match fault {
            Fault::Kill { kills } => self.kill(kills).await,
            Fault::Pause { node, during } => {
                self.cluster.nodes[*node].pause();
                tokio::time::sleep(*during).await;
                self.cluster.nodes[*node].go_on();
                Ok(0)
            }
            Fault::Wire {
                weather, during, ..
            } => {
                self.cluster.wire.set(weather.clone());
                tokio::time::sleep(*during).await;
                Ok(0)
            }
            Fault::DiskFull { node, during } => self.fill_disk(*node, *during).await,
            Fault::DiskDeath { node } => self.kill_disk(*node).await,
            Fault::Clock {
                node,
                seconds,
                during,
            } => self.set_clock(*node, *seconds, *during).await,
            Fault::PowerCut { cuts } => {
                for cut in cuts {
                    self.cut_power(cut).await?;
                }
                Ok(0)
            }
            Fault::Blackout { order, between } => self.black_out(order, *between).await,
            Fault::Wipe { node, joins } => self.wipe(*node, *joins).await,
            Fault::Rolling { order } => self.roll(order).await,
        }
    }

    async fn kill(&mut self, kills: &[(Duration, usize)]) -> Result<u64, TortureError> {
        for (after, node) in kills {
            tokio::time::sleep(*after).await;
            self.raise_the_fallen()?;
            self.cluster.nodes[*node].kill();
            self.start(*node)?;
        }
        Ok(0)
    }

    async fn fill_disk(&mut self, node: usize, during: Duration) -> Result<u64, TortureError> {
        self.cluster.nodes[node].setup.disk.fill()?;
        tokio::time::sleep(during).await;
        self.cluster.nodes[node].setup.disk.free()?;
        // It may go on or end; started again with room, it must be as before.
        let mut height = 0;
        for client in self.cluster.clients() {
            let known = client.status().await.map_or(0, |status| status.height);
            height = height.max(known);
        }
        let client = self.cluster.client(node).clone();
        let ended = within(DECIDE, || {
            let ended = self.cluster.nodes[node].ended_by_itself().is_some();
            let client = &client;
            async move {
                if ended {
                    return Some(true);
                }
                let status = client.status().await.ok()?;
                (status.is_ready && status.height > height).then_some(false)
            }
        })
        .await;
        Ok(u64::from(ended == Some(true)))
    }

    async fn kill_disk(&mut self, node: usize) -> Result<u64, TortureError> {
        let watch = Stopwatch::start();
        disk::cut(&[&self.cluster.nodes[node].setup.disk])?;
        let ended = within(NOTICE, || {
            let ended = self.cluster.nodes[node].ended_by_itself();
            async move { ended }
        })
        .await;
        if ended.is_none() {
            let words = self.cluster.nodes[node].last_words();
            self.violation(format!(
                "node {} runs on {:?} after its disk died; its last words:\n{words}",
                node + 1,
                watch.elapsed()
            ));
        }
        self.cluster.nodes[node].kill();
        self.power_up(node)?;
        Ok(u64::from(ended.is_some()))
    }

    async fn set_clock(
        &mut self,
        node: usize,
        seconds: i64,
        during: Duration,
    ) -> Result<u64, TortureError> {
        // A machine that cannot lend clocks has left the fault out of its plan.
        if let Some(clock) = &self.cluster.nodes[node].setup.clock {
            clock.set(seconds)?;
            tokio::time::sleep(during).await;
            clock.set(0)?;
        }
        Ok(0)
    }

    async fn cut_power(&mut self, cut: &Cut) -> Result<(), TortureError> {
        tokio::time::sleep(cut.after).await;
        self.raise_the_fallen()?;
        let mut weather = Plan::fair_weather(self.cluster.len());
        weather.isolate(cut.node);
        let node = &self.cluster.nodes[cut.node];
        match cut.order {
            CutOrder::NodeFirst => {
                node.pause();
                self.cluster.wire.set(weather);
                disk::cut(&[&node.setup.disk])?;
            }
            CutOrder::DiskFirst => {
                disk::cut(&[&node.setup.disk])?;
                tokio::time::sleep(WRITES_FAIL).await;
                self.cluster.wire.set(weather);
            }
        }
        self.cluster.nodes[cut.node].kill();
        tokio::time::sleep(cut.dark).await;
        self.power_up(cut.node)?;
        self.cluster.clear_up();
        self.start(cut.node)
    }

    async fn black_out(&mut self, order: &[usize], between: Duration) -> Result<u64, TortureError> {
        for node in &self.cluster.nodes {
            node.pause();
        }
        let disks: Vec<_> = self
            .cluster
            .nodes
            .iter()
            .map(|node| &node.setup.disk)
            .collect();
        disk::cut(&disks)?;
        for node in &mut self.cluster.nodes {
            node.kill();
        }
        for node in order {
            self.power_up(*node)?;
            self.start(*node)?;
            tokio::time::sleep(between).await;
        }
        Ok(0)
    }

    /// Mounts the disk of a node whose process is gone, as after a power cut.
    fn power_up(&mut self, node: usize) -> Result<(), TortureError> {
        let disk = &mut self.cluster.nodes[node].setup.disk;
        disk.unmount()?;
        disk.mount()
    }

    /// A new disk, and what the operator does about the signing guard: the node follows without it
    /// until the chain has left every height in which the key may have voted; then a new one is
    /// made by command.
    async fn wipe(&mut self, node: usize, joins: bool) -> Result<u64, TortureError> {
        self.cluster.nodes[node].kill();
        // It may have voted one above the last final block; the others know that one, at the latest
        // once they are asked.
        let mut voted = 0;
        for other in (0..self.cluster.len()).filter(|other| *other != node) {
            if let Ok(status) = self.cluster.client(other).status().await {
                voted = voted.max(status.height + 1);
            }
        }
        self.cluster.nodes[node].setup.disk.replace()?;
        self.cluster.nodes[node].forget_guard();
        if joins {
            self.report.joins += 1;
            match self.cluster.nodes[node].run(&["join"]) {
                Ok(()) => self.report.joined += 1,
                Err(said) if is_refusal(&said) => self.violation(format!(
                    "node {} was given a bad snapshot: {said}",
                    node + 1
                )),
                // In bad weather none may come, or half of one: then it begins from genesis.
                Err(_) => {}
            }
        }
        self.cluster.nodes[node].start()?;
        let client = self.cluster.client(node).clone();
        let past = within(FOLLOW, || async {
            let status = client.status().await.ok()?;
            (status.height >= voted + PAST_BLOCKS).then_some(())
        })
        .await;
        if past.is_none() {
            let states = self.states().await;
            self.violation(format!(
                "node {} does not follow from an empty disk; {states}",
                node + 1
            ));
        }
        if !self.cluster.nodes[node].stop() {
            self.violation(format!("node {} does not stop when asked to", node + 1));
        }
        if self.cluster.nodes[node].look_at_guard() != GuardState::Missing {
            self.violation(format!("node {} made a guard by itself", node + 1));
            return Ok(0);
        }
        self.make_guard(node)?;
        self.start(node)?;
        Ok(0)
    }

    fn make_guard(&self, node: usize) -> Result<(), TortureError> {
        let made = self.cluster.nodes[node].run(&["guard", "--votes-are-past"]);
        made.map_err(|said| TortureError::Command {
            command: "theriac node guard".to_owned(),
            said,
        })
    }

    async fn roll(&mut self, order: &[usize]) -> Result<u64, TortureError> {
        for node in order {
            if !self.cluster.nodes[*node].stop() {
                let words = self.cluster.nodes[*node].last_words();
                self.violation(format!(
                    "node {} does not stop well when asked to; its last words:\n{words}",
                    node + 1
                ));
            }
            self.start(*node)?;
            // The next only once this one is back, as the runbook of any cluster says.
            let client = self.cluster.client(*node).clone();
            within(super::READY, || async {
                let status = client.status().await.ok()?;
                status.is_ready.then_some(())
            })
            .await;
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use theriac_node::snapshot::SnapshotError;

    use super::is_refusal;

    #[test]
    fn what_no_honest_node_sends_is_told_apart_from_bad_weather() {
        let said = |error: SnapshotError| format!("no snapshot from this node: {error}");
        let found = "a record before the head";
        for bad in [
            SnapshotError::Version,
            SnapshotError::NoSnapshot,
            SnapshotError::FrameTooLong { found: 9 },
            SnapshotError::Order { found },
            SnapshotError::OtherChain,
            SnapshotError::StateRoot,
            SnapshotError::Link { height: 3 },
            SnapshotError::TooFewBlocks,
        ] {
            let said = said(bad);
            assert!(is_refusal(&said), "{said}");
        }
        let reset = SnapshotError::from(io::Error::from(io::ErrorKind::ConnectionReset));
        for weather in [SnapshotError::Cut, SnapshotError::NoBlock, reset] {
            let said = said(weather);
            assert!(!is_refusal(&said), "{said}");
        }
        let both = "no snapshot from a: it is cut off\nno snapshot from b: it is not in order";
        assert!(is_refusal(both));
    }
}
