//! Reading fields, each bounded.

use arc_malachitebft_app_channel::app::types::core::{NilOrVal, Round};
use bytes::{Buf, Bytes};
use theriac_crypto::{Digest, PublicKey, Signature};
use theriac_ledger::identifier::BlockDigest;

use super::{CodecError, Wire};
use crate::context::{Address, EngineHeight};

/// What is left of a message.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: Bytes,
    total: usize,
}

impl Reader {
    pub(super) fn new(bytes: Bytes) -> Self {
        let total = bytes.len();
        Self { bytes, total }
    }

    pub(super) fn finish(self) -> Result<(), CodecError> {
        match self.bytes.len() {
            0 => Ok(()),
            count => Err(CodecError::Trailing { count }),
        }
    }

    fn take(&mut self, field: &'static str, count: usize) -> Result<Bytes, CodecError> {
        if self.bytes.len() < count {
            return Err(CodecError::Truncated {
                at: self.total - self.bytes.len(),
                field,
            });
        }
        Ok(self.bytes.split_to(count))
    }

    fn fixed<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], CodecError> {
        let mut value = [0; N];
        self.take(field, N)?.copy_to_slice(&mut value);
        Ok(value)
    }

    pub(super) fn byte(&mut self, field: &'static str) -> Result<u8, CodecError> {
        self.fixed::<1>(field).map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, CodecError> {
        self.fixed(field).map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, CodecError> {
        self.fixed(field).map(u64::from_be_bytes)
    }

    pub(super) fn height(&mut self) -> Result<EngineHeight, CodecError> {
        self.u64("height").map(EngineHeight)
    }

    pub(super) fn round(&mut self) -> Result<Round, CodecError> {
        let value = self.fixed("round").map(i64::from_be_bytes)?;
        match u32::try_from(value) {
            Ok(round) => Ok(Round::new(round)),
            Err(_) if value == -1 => Ok(Round::Nil),
            Err(_) => Err(CodecError::Value {
                field: "round",
                value,
            }),
        }
    }

    pub(super) fn block(&mut self) -> Result<BlockDigest, CodecError> {
        self.fixed("block digest")
            .map(|bytes| BlockDigest(Digest(bytes)))
    }

    pub(super) fn block_or_nil(&mut self) -> Result<NilOrVal<BlockDigest>, CodecError> {
        match self.byte("value or nil")? {
            0 => Ok(NilOrVal::Nil),
            1 => self.block().map(NilOrVal::Val),
            other => Err(unknown("value or nil", other)),
        }
    }

    pub(super) fn address(&mut self) -> Result<Address, CodecError> {
        self.fixed("validator").map(PublicKey).map(Address)
    }

    pub(super) fn signature(&mut self) -> Result<Signature, CodecError> {
        self.fixed("signature").map(Signature)
    }

    pub(super) fn text(&mut self, field: &'static str, max: usize) -> Result<Bytes, CodecError> {
        let count = self.count(field, max)?;
        self.take(field, count)
    }

    pub(super) fn list<T: Wire>(
        &mut self,
        field: &'static str,
        max: usize,
    ) -> Result<Vec<T>, CodecError> {
        let count = self.count(field, max)?;
        (0..count).map(|_| T::read(self)).collect()
    }

    fn count(&mut self, field: &'static str, max: usize) -> Result<usize, CodecError> {
        let found = usize::try_from(self.u32(field)?).unwrap_or(usize::MAX);
        if found > max {
            return Err(CodecError::TooLong { field, found, max });
        }
        Ok(found)
    }
}

/// A tag that stands for nothing.
pub(super) fn unknown(field: &'static str, tag: u8) -> CodecError {
    CodecError::Value {
        field,
        value: i64::from(tag),
    }
}
