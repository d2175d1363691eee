//! Votes, proposals, certificates of a round, and proofs of who a peer is.

use arc_malachitebft_app_channel::app::consensus::LivenessMsg;
use arc_malachitebft_app_channel::app::types::core::{
    PolkaCertificate, PolkaSignature, RoundCertificate, RoundCertificateType, RoundSignature,
    SignedMessage, ValidatorProof, Validity, VoteType,
};
use arc_malachitebft_app_channel::app::types::{ProposedValue, SignedConsensusMsg};
use theriac_ledger::constants::VALIDATORS_MAX;

use super::reader::unknown;
use super::{CodecError, PEER_ID_BYTES_MAX, Reader, Wire, Writer};
use crate::context::{EngineProposal, EngineValue, EngineVote, TheriacContext};

/// A round certificate may hold a prevote and a precommit of each validator.
const ROUND_SIGNATURES_MAX: usize = 2 * VALIDATORS_MAX;
const KEY_BYTES: usize = 32;

fn write_kind(kind: VoteType, writer: &mut Writer) {
    writer.byte(match kind {
        VoteType::Prevote => 1,
        VoteType::Precommit => 2,
    });
}

fn read_kind(reader: &mut Reader) -> Result<VoteType, CodecError> {
    match reader.byte("vote type")? {
        1 => Ok(VoteType::Prevote),
        2 => Ok(VoteType::Precommit),
        other => Err(unknown("vote type", other)),
    }
}

/// type, height, round, value or nil, validator.
impl Wire for EngineVote {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        write_kind(self.kind, writer);
        writer.height(self.height);
        writer.round(self.round);
        writer.block_or_nil(&self.value);
        writer.address(&self.validator);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            kind: read_kind(reader)?,
            height: reader.height()?,
            round: reader.round()?,
            value: reader.block_or_nil()?,
            validator: reader.address()?,
        })
    }
}

/// height, round, block, `pol_round`, proposer.
impl Wire for EngineProposal {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.height(self.height);
        writer.round(self.round);
        writer.block(&self.value.0);
        writer.round(self.pol_round);
        writer.address(&self.proposer);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.height()?,
            round: reader.round()?,
            value: EngineValue(reader.block()?),
            pol_round: reader.round()?,
            proposer: reader.address()?,
        })
    }
}

/// message, signature.
impl<T: Wire> Wire for SignedMessage<TheriacContext, T> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        self.message.write(writer)?;
        writer.signature(&self.signature);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(T::read(reader)?, reader.signature()?))
    }
}

/// 0 vote, 1 proposal.
impl Wire for SignedConsensusMsg<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        match self {
            Self::Vote(vote) => {
                writer.byte(0);
                vote.write(writer)
            }
            Self::Proposal(proposal) => {
                writer.byte(1);
                proposal.write(writer)
            }
        }
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        match reader.byte("consensus message")? {
            0 => Wire::read(reader).map(Self::Vote),
            1 => Wire::read(reader).map(Self::Proposal),
            other => Err(unknown("consensus message", other)),
        }
    }
}

/// 0 vote, 1 polka certificate, 2 round certificate.
impl Wire for LivenessMsg<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        match self {
            Self::Vote(vote) => {
                writer.byte(0);
                vote.write(writer)
            }
            Self::PolkaCertificate(certificate) => {
                writer.byte(1);
                certificate.write(writer)
            }
            Self::SkipRoundCertificate(certificate) => {
                writer.byte(2);
                certificate.write(writer)
            }
        }
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        match reader.byte("liveness message")? {
            0 => Wire::read(reader).map(Self::Vote),
            1 => Wire::read(reader).map(Self::PolkaCertificate),
            2 => Wire::read(reader).map(Self::SkipRoundCertificate),
            other => Err(unknown("liveness message", other)),
        }
    }
}

impl Wire for PolkaSignature<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.address(&self.address);
        writer.signature(&self.signature);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(reader.address()?, reader.signature()?))
    }
}

/// height, round, block, list of (validator, signature).
impl Wire for PolkaCertificate<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.height(self.height);
        writer.round(self.round);
        writer.block(&self.value_id);
        writer.list("prevotes", &self.polka_signatures, VALIDATORS_MAX)
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.height()?,
            round: reader.round()?,
            value_id: reader.block()?,
            polka_signatures: reader.list("prevotes", VALIDATORS_MAX)?,
        })
    }
}

impl Wire for RoundSignature<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        write_kind(self.vote_type, writer);
        writer.block_or_nil(&self.value_id);
        writer.address(&self.address);
        writer.signature(&self.signature);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(
            read_kind(reader)?,
            reader.block_or_nil()?,
            reader.address()?,
            reader.signature()?,
        ))
    }
}

/// height, round, type (1 skip, 2 precommit), list of (type, value or nil, validator, signature).
impl Wire for RoundCertificate<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.height(self.height);
        writer.round(self.round);
        writer.byte(match self.cert_type {
            RoundCertificateType::Skip => 1,
            RoundCertificateType::Precommit => 2,
        });
        writer.list("votes", &self.round_signatures, ROUND_SIGNATURES_MAX)
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.height()?,
            round: reader.round()?,
            cert_type: match reader.byte("certificate type")? {
                1 => RoundCertificateType::Skip,
                2 => RoundCertificateType::Precommit,
                other => return Err(unknown("certificate type", other)),
            },
            round_signatures: reader.list("votes", ROUND_SIGNATURES_MAX)?,
        })
    }
}

/// public key, peer id, signature.
impl Wire for ValidatorProof<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.text("public key", &self.public_key, KEY_BYTES)?;
        writer.text("peer id", &self.peer_id, PEER_ID_BYTES_MAX)?;
        writer.signature(&self.signature);
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self::new(
            reader.text("public key", KEY_BYTES)?.to_vec(),
            reader.text("peer id", PEER_ID_BYTES_MAX)?.to_vec(),
            reader.signature()?,
        ))
    }
}

/// height, round, `valid_round`, proposer, block, validity (0 invalid, 1 valid).
impl Wire for ProposedValue<TheriacContext> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.height(self.height);
        writer.round(self.round);
        writer.round(self.valid_round);
        writer.address(&self.proposer);
        writer.block(&self.value.0);
        writer.byte(u8::from(self.validity.is_valid()));
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            height: reader.height()?,
            round: reader.round()?,
            valid_round: reader.round()?,
            proposer: reader.address()?,
            value: EngineValue(reader.block()?),
            validity: match reader.byte("validity")? {
                0 => Validity::Invalid,
                1 => Validity::Valid,
                other => return Err(unknown("validity", other)),
            },
        })
    }
}
