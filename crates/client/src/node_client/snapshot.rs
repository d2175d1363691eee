//! The stream of a snapshot.

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;

use super::{NodeError, Silence};
use crate::node_url::NodeUrl;

/// The bytes of a snapshot as they come, unchecked. Dropping it ends the request.
#[derive(Debug)]
pub struct SnapshotStream {
    node: NodeUrl,
    response: Response,
    idle: Duration,
}

impl SnapshotStream {
    pub(super) fn new(node: NodeUrl, response: Response, idle: Duration) -> Self {
        Self {
            node,
            response,
            idle,
        }
    }

    /// The next bytes; none at the end.
    ///
    /// # Errors
    ///
    /// [`NodeError`]; the stream is then of no further use.
    pub async fn next(&mut self) -> Result<Option<Bytes>, NodeError> {
        let silence = match tokio::time::timeout(self.idle, self.response.chunk()).await {
            Ok(Ok(bytes)) => return Ok(bytes),
            Ok(Err(source)) => Silence::Broken(source),
            Err(_) => Silence::Idle {
                idle_ms: self.idle.as_millis(),
            },
        };
        Err(NodeError::NoAnswer {
            node: self.node.clone(),
            source: silence,
        })
    }
}
