//! The last blocks in the form that streams send, so that ten readers do not read the disk ten
//! times.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use data_encoding::BASE64;
use theriac_client::wire::{BLOCK_EVENT, FinalBlock};
use theriac_ledger::identifier::Height;

use crate::store::{Store, StoreError};

/// Blocks kept: readers that are up to date want the last one, at most 2.8 MB as text.
const RECENT_MAX: usize = 4;

/// Events by height, oldest first.
#[derive(Debug, Default)]
pub(super) struct RecentBlocks(Mutex<VecDeque<(Height, Bytes)>>);

impl RecentBlocks {
    /// The event of a final block; none above the committed height. Reads the disk.
    pub(super) fn event(&self, store: &Store, height: Height) -> Result<Option<Bytes>, StoreError> {
        if let Some(event) = self.find(height) {
            return Ok(Some(event));
        }
        let Some(block) = final_block(store, height)? else {
            return Ok(None);
        };
        let event = event_of(height, &block);
        self.keep(height, event.clone());
        Ok(Some(event))
    }

    fn find(&self, height: Height) -> Option<Bytes> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(known, _)| *known == height);
        found.map(|(_, event)| event.clone())
    }

    fn keep(&self, height: Height, event: Bytes) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader that catches up must not push out what all others want.
        let newest = kept.iter().map(|(known, _)| *known).max().unwrap_or(0);
        if height > newest {
            kept.push_back((height, event));
            if kept.len() > RECENT_MAX {
                kept.pop_front();
            }
        }
    }
}

/// A final block, whole; none above the committed height.
pub(super) fn final_block(store: &Store, height: Height) -> Result<Option<FinalBlock>, StoreError> {
    let view = store.view();
    let (Some(block), Some((_, certificate))) = (view.block(height)?, view.header(height)?) else {
        return Ok(None);
    };
    Ok(Some(FinalBlock { block, certificate }))
}

fn event_of(height: Height, block: &FinalBlock) -> Bytes {
    let mut text = format!("id: {height}\nevent: {BLOCK_EVENT}\ndata: ");
    BASE64.encode_append(&block.encode(), &mut text);
    text.write_str("\n\n")
        .expect("writing to a string does not fail");
    Bytes::from(text)
}
