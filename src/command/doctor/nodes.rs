//! The nodes of a configuration: whether they answer, for which chain, how high, and what their clocks say.

use theriac_client::{NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::Height;

use super::Findings;
use crate::command::probe::Probe;

/// Milliseconds between two clocks from which one of them is wrong. A validator bears 2 s, a signed request 60 s; the
/// answers' clocks show whole seconds.
const CLOCK_MS_MAX: u64 = 3_000;
/// Blocks that a node may be behind another.
const LAG_MAX: u64 = 10;

/// What is known before a node is asked.
pub(super) struct Known {
    pub(super) anchor: Anchor,
    pub(super) urls: Vec<NodeUrl>,
    pub(super) signer: Option<RequestSigner>,
}

/// What nodes say.
pub(super) struct Reached {
    /// One that answers for the chain, and the height that the highest has.
    pub(super) best: Option<(NodeClient, Height)>,
}

pub(super) async fn look(known: &Known, findings: &mut Findings) -> anyhow::Result<Reached> {
    let clients = NodeClient::for_nodes(&known.urls, TimeLimits::default(), known.signer.as_ref())?;
    let probe = Probe::new()?;
    let mut best: Option<(NodeClient, Height)> = None;
    let mut heights = Vec::new();
    for client in clients {
        let url = client.url().clone();
        let status = match client.status().await {
            Ok(status) => status,
            Err(error) => {
                let error = theriac_http::problem::chain(&error);
                let next = "start it, or check the address and the network between; others are asked meanwhile";
                findings.bad("node", format!("{url} does not answer: {error}"), next);
                continue;
            }
        };
        if status.chain_id != known.anchor.chain_id() {
            findings.bad(
                "node",
                format!("{url} is of chain {}", status.chain_id),
                "take it out of the configuration, or use the genesis files of its chain",
            );
            continue;
        }
        look_at_clock(&probe, &url, findings).await;
        heights.push((url, status.height, status.is_ready));
        if best
            .as_ref()
            .is_none_or(|(_, height)| *height < status.height)
        {
            best = Some((client, status.height));
        }
    }
    let highest = best.as_ref().map_or(0, |(_, height)| *height);
    for (url, height, is_ready) in heights {
        let said = format!("{url} answers, at height {height}");
        if highest.saturating_sub(height) > LAG_MAX {
            findings.bad(
                "node",
                format!("{said} of {highest}"),
                "look at its log; it catches up by itself when it can",
            );
        } else if is_ready {
            findings.good("node", said);
        } else {
            findings.bad(
                "node",
                format!("{said}, and is not ready"),
                format!("theriac status --url {url} says why"),
            );
        }
    }
    if best.is_none() {
        findings.bad(
            "nodes",
            "no node of the chain answers",
            "without one nothing becomes final",
        );
    }
    Ok(Reached { best })
}

async fn look_at_clock(probe: &Probe, url: &NodeUrl, findings: &mut Findings) {
    let before = SystemClock.now_ms();
    let Ok((_, Some(theirs))) = probe.get(url, "/healthz", None).await else {
        return;
    };
    let after = SystemClock.now_ms();
    // Theirs was read in between, and cut down to whole seconds.
    let ahead = before.saturating_sub(theirs.saturating_add(1_000));
    let behind = theirs.saturating_sub(after);
    let apart = ahead.max(behind);
    if apart > CLOCK_MS_MAX {
        let word = if behind > ahead { "behind" } else { "ahead of" };
        findings.bad(
            "clock",
            format!("this machine is {} s {word} {url}", apart / 1_000),
            "set both by NTP (chronyc tracking): validators refuse blocks 2 s ahead, requests count for 60 s",
        );
    } else {
        findings.good("clock", format!("agrees with {url}"));
    }
}
