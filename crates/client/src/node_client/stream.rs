//! The stream of final blocks.

use std::time::Duration;

use data_encoding::BASE64;
use reqwest::Response;

use super::{AnswerFault, NodeError, Silence};
use crate::node_url::NodeUrl;
use crate::sse::{SseEvent, SseReader};
use crate::wire::{BLOCK_EVENT, FINAL_BLOCK_BYTES_MAX, FinalBlock, HEAD_EVENT, Head};

/// The longest event: a final block in base64, and its other fields.
const EVENT_BYTES_MAX: usize = FINAL_BLOCK_BYTES_MAX.div_ceil(3) * 4 + 1024;

/// What a stream yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamItem {
    /// A block, unchecked.
    Block(Box<FinalBlock>),
    /// A sign of life: where the node's chain ends.
    Head(Head),
}

/// Final blocks as they come. Dropping it ends the request.
#[derive(Debug)]
pub struct BlockStream {
    node: NodeUrl,
    response: Response,
    reader: SseReader,
    idle: Duration,
}

impl BlockStream {
    pub(super) fn new(node: NodeUrl, response: Response, idle: Duration) -> Self {
        Self {
            node,
            response,
            reader: SseReader::new(EVENT_BYTES_MAX),
            idle,
        }
    }

    /// The next item; `None` when the node ended the stream. Nothing is lost when the future is
    /// dropped before it is ready.
    ///
    /// # Errors
    ///
    /// [`NodeError`]; the stream is then of no further use.
    pub async fn next(&mut self) -> Result<Option<StreamItem>, NodeError> {
        loop {
            if let Some(event) = self
                .reader
                .next_event()
                .map_err(|error| self.malformed(error))?
            {
                if let Some(item) = self.item(&event)? {
                    return Ok(Some(item));
                }
                continue;
            }
            let chunk = tokio::time::timeout(self.idle, self.response.chunk()).await;
            match chunk {
                Ok(Ok(Some(bytes))) => self.reader.push(&bytes),
                Ok(Ok(None)) => return Ok(None),
                Ok(Err(source)) => {
                    return Err(self.broken(Silence::Broken(source)));
                }
                Err(_) => {
                    let idle_ms = self.idle.as_millis();
                    return Err(self.broken(Silence::Idle { idle_ms }));
                }
            }
        }
    }

    fn item(&self, event: &SseEvent) -> Result<Option<StreamItem>, NodeError> {
        match event.name.as_str() {
            BLOCK_EVENT => {
                let bytes = BASE64
                    .decode(&event.data)
                    .map_err(|error| self.malformed(error))?;
                let block = FinalBlock::decode(&bytes).map_err(|error| self.malformed(error))?;
                Ok(Some(StreamItem::Block(Box::new(block))))
            }
            HEAD_EVENT => {
                let head =
                    serde_json::from_slice(&event.data).map_err(|error| self.malformed(error))?;
                Ok(Some(StreamItem::Head(head)))
            }
            _ => Ok(None),
        }
    }

    fn malformed(&self, fault: impl Into<AnswerFault>) -> NodeError {
        NodeError::Malformed {
            node: self.node.clone(),
            source: fault.into(),
        }
    }

    fn broken(&self, source: Silence) -> NodeError {
        let node = self.node.clone();
        NodeError::NoAnswer { node, source }
    }
}
