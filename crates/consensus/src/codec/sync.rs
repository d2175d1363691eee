//! Catching up: status, request and answer.

use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature,
};
use arc_malachitebft_sync::{
    RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse,
};
use theriac_ledger::constants::{BLOCK_BYTES_MAX, VALIDATORS_MAX};

use super::reader::unknown;
use super::{CodecError, PEER_ID_BYTES_MAX, Reader, SYNC_BATCH_MAX, Wire, Writer};
use crate::context::TheriacContext;

/// peer id, tip, lowest height kept.
impl Wire for Status<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.text("peer id", &self.peer_id.to_bytes(), PEER_ID_BYTES_MAX)?;
        writer.height(self.tip_height);
        writer.height(self.history_min_height);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        let bytes = reader.text("peer id", PEER_ID_BYTES_MAX)?;
        let peer_id = PeerId::from_bytes(&bytes).map_err(|_| CodecError::PeerId)?;
        if peer_id.to_bytes() != bytes {
            return Err(CodecError::PeerId);
        }
        Ok(Self {
            peer_id,
            tip_height: reader.height()?,
            history_min_height: reader.height()?,
        })
    }
}

/// 0, first height, last height.
impl Wire for Request<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        let Self::ValueRequest(ValueRequest { range }) = self;
        writer.byte(0);
        writer.height(*range.start());
        writer.height(*range.end());
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        match reader.byte("sync request")? {
            0 => {
                let (start, end) = (reader.height()?, reader.height()?);
                Ok(Self::ValueRequest(ValueRequest::new(start..=end)))
            }
            other => Err(unknown("sync request", other)),
        }
    }
}

/// 0, first height, list of (body, certificate).
impl Wire for Response<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        let Self::ValueResponse(response) = self;
        writer.byte(0);
        writer.height(response.start_height);
        writer.list("decided blocks", &response.values, SYNC_BATCH_MAX)
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        match reader.byte("sync response")? {
            0 => Ok(Self::ValueResponse(ValueResponse::new(
                reader.height()?,
                reader.list("decided blocks", SYNC_BATCH_MAX)?,
            ))),
            other => Err(unknown("sync response", other)),
        }
    }
}

impl Wire for RawDecidedValue<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.text("body", &self.value_bytes, BLOCK_BYTES_MAX)?;
        self.certificate.write(writer)
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(
            reader.text("body", BLOCK_BYTES_MAX)?,
            Wire::read(reader)?,
        ))
    }
}

/// height, round, block, list of (validator, signature); an extension has no value to write.
impl Wire for ExtendedCommitCertificate<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.height(self.height);
        writer.round(self.round);
        writer.block(&self.value_id);
        writer.list("precommits", &self.commit_signatures, VALIDATORS_MAX)
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.height()?,
            round: reader.round()?,
            value_id: reader.block()?,
            commit_signatures: reader.list("precommits", VALIDATORS_MAX)?,
        })
    }
}

impl Wire for ExtendedCommitSignature<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.address(&self.address);
        writer.signature(&self.signature);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(reader.address()?, reader.signature()?, None))
    }
}
