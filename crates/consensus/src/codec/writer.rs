//! Writing fields.

use arc_malachitebft_app_channel::app::types::core::{NilOrVal, Round};
use bytes::{BufMut, Bytes, BytesMut};
use theriac_crypto::Signature;
use theriac_ledger::identifier::BlockDigest;

use super::{CodecError, Wire};
use crate::context::{Address, EngineHeight};

/// Bytes of a message in the making.
#[derive(Debug, Default)]
pub(super) struct Writer {
    bytes: BytesMut,
}

impl Writer {
    pub(super) fn finish(self) -> Bytes {
        self.bytes.freeze()
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.bytes.put_u8(value);
    }

    pub(super) fn u32(&mut self, value: u32) {
        self.bytes.put_u32(value);
    }

    pub(super) fn u64(&mut self, value: u64) {
        self.bytes.put_u64(value);
    }

    pub(super) fn height(&mut self, height: EngineHeight) {
        self.bytes.put_u64(height.0);
    }

    pub(super) fn round(&mut self, round: Round) {
        self.bytes.put_i64(round.as_i64());
    }

    pub(super) fn block(&mut self, block: &BlockDigest) {
        self.bytes.put_slice(block.0.as_bytes());
    }

    pub(super) fn block_or_nil(&mut self, value: &NilOrVal<BlockDigest>) {
        match value {
            NilOrVal::Nil => self.byte(0),
            NilOrVal::Val(block) => {
                self.byte(1);
                self.block(block);
            }
        }
    }

    pub(super) fn address(&mut self, address: &Address) {
        self.bytes.put_slice(address.0.as_bytes());
    }

    pub(super) fn signature(&mut self, signature: &Signature) {
        self.bytes.put_slice(&signature.0);
    }

    /// `u32` length, bytes.
    pub(super) fn text(
        &mut self,
        field: &'static str,
        bytes: &[u8],
        max: usize,
    ) -> Result<(), CodecError> {
        self.count(field, bytes.len(), max)?;
        self.bytes.put_slice(bytes);
        Ok(())
    }

    /// `u32` count, items.
    pub(super) fn list<T: Wire>(
        &mut self,
        field: &'static str,
        items: &[T],
        max: usize,
    ) -> Result<(), CodecError> {
        self.count(field, items.len(), max)?;
        items.iter().try_for_each(|item| item.write(self))
    }

    fn count(&mut self, field: &'static str, found: usize, max: usize) -> Result<(), CodecError> {
        let error = CodecError::TooLong { field, found, max };
        if found > max {
            return Err(error);
        }
        self.u32(u32::try_from(found).map_err(|_| error)?);
        Ok(())
    }
}
