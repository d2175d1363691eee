//! What happens, and when.

use std::collections::BTreeMap;

use arc_malachitebft_app_channel::app::types::core::Timeout;

use crate::network::Micros;
use crate::wire::Wire;

/// Something that happens.
#[derive(Debug)]
pub(crate) enum Event {
    /// A message arrives.
    Deliver { from: usize, to: usize, wire: Wire },
    /// A timer of one run of a node runs out.
    Timer {
        node: usize,
        run: u64,
        timeout: Timeout,
        number: u64,
    },
    /// A node looks whether there is something to do.
    Wake { node: usize, run: u64 },
    /// A node tells its height; what a careless disk holds becomes durable.
    Status { node: usize, run: u64 },
    /// A node hands new transactions to its peers.
    Gossip { node: usize, run: u64 },
    /// A machine is switched on.
    Start { node: usize },
    /// Users do something.
    Act,
    /// A user's transaction arrives.
    Submit {
        node: usize,
        ticket: u64,
        tries: u32,
    },
    /// A user asks what became of a transaction.
    Poll {
        node: usize,
        ticket: u64,
        asked: u32,
        tries: u32,
    },
    /// Something breaks.
    Fault,
    /// Everything is mended.
    Heal,
    /// Is the network well again?
    Check,
}

impl Event {
    /// The node that it happens to.
    pub(crate) fn node(&self) -> Option<usize> {
        match self {
            Self::Deliver { to: node, .. }
            | Self::Timer { node, .. }
            | Self::Wake { node, .. }
            | Self::Status { node, .. }
            | Self::Gossip { node, .. }
            | Self::Submit { node, .. }
            | Self::Poll { node, .. } => Some(*node),
            Self::Start { .. } | Self::Act | Self::Fault | Self::Heal | Self::Check => None,
        }
    }

    /// Words for the trace.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Deliver { from, to, wire } => format!("{} {from} {to}", wire.word()),
            Self::Timer {
                node,
                timeout,
                number,
                ..
            } => format!("timer {node} {timeout:?} {number}"),
            Self::Wake { node, .. } => format!("wake {node}"),
            Self::Status { node, .. } => format!("status {node}"),
            Self::Gossip { node, .. } => format!("gossip {node}"),
            Self::Start { node } => format!("start {node}"),
            Self::Act => "act".to_owned(),
            Self::Submit { node, ticket, .. } => format!("submit {node} {ticket}"),
            Self::Poll { node, ticket, .. } => format!("poll {node} {ticket}"),
            Self::Fault => "fault".to_owned(),
            Self::Heal => "heal".to_owned(),
            Self::Check => "check".to_owned(),
        }
    }
}

/// Events in the order of their times; those of one time in the order in which they were planned.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    events: BTreeMap<(Micros, u64), Event>,
    planned: u64,
}

impl Queue {
    pub(crate) fn plan(&mut self, at: Micros, event: Event) {
        self.planned += 1;
        self.events.insert((at, self.planned), event);
    }

    pub(crate) fn next(&mut self) -> Option<(Micros, Event)> {
        let ((at, _), event) = self.events.pop_first()?;
        Some((at, event))
    }
}
