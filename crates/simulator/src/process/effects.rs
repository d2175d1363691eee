//! What the core asks for, done as the engine does it.

use arc_malachitebft_app_channel::Verifier as _;
use arc_malachitebft_app_channel::app::consensus::{
    ConsensusMsg, Effect, Resumable as _, SignedConsensusMsg,
};
use arc_malachitebft_app_channel::app::types::core::{SignedMessage, Timeout};
use arc_malachitebft_signing::VerifierExt as _;
use futures::FutureExt as _;
use theriac_consensus::TheriacContext;
use theriac_consensus::engine::RawDecidedValue;
use theriac_consensus::guard::GuardError;
use theriac_consensus::parts::ProposalHead;
use theriac_consensus::publish::subject;
use theriac_consensus::signing::{SignError, SignRequest};
use theriac_crypto::PublicKey;
use theriac_testkit::oracle::SignedStep;

use super::core::{CoreEffect, CoreResume};
use super::{Death, Side, Task};
use crate::wire::Wire;

impl Side {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each of the core's effects, most of them a single call"
    )]
    pub(super) fn effect(&mut self, effect: CoreEffect) -> Result<CoreResume, Death> {
        Ok(match effect {
            Effect::CancelAllTimeouts(resume) => {
                self.timers.clear();
                resume.resume_with(())
            }
            Effect::CancelTimeout(timeout, resume) => {
                self.timers.retain(|(known, _)| *known != timeout);
                resume.resume_with(())
            }
            Effect::ScheduleTimeout(timeout, resume) => {
                self.schedule(timeout);
                resume.resume_with(())
            }
            Effect::StartRound(height, round, _, _, resume) => {
                self.flush()?;
                for value in self.desk.started_round(height, round, self.now.wall)? {
                    self.proposed(value);
                }
                resume.resume_with(())
            }
            Effect::PublishConsensusMsg(message, resume) => {
                self.flush()?;
                self.publish_signed(message)?;
                resume.resume_with(())
            }
            Effect::PublishLivenessMsg(message, resume) => {
                self.out.sends.push(Wire::Liveness(message));
                resume.resume_with(())
            }
            Effect::RepublishVote(vote, resume) => {
                let message = super::LivenessMsg::Vote(vote);
                self.out.sends.push(Wire::Liveness(message));
                resume.resume_with(())
            }
            Effect::RepublishRoundCertificate(certificate, resume) => {
                let message = super::LivenessMsg::SkipRoundCertificate(certificate);
                self.out.sends.push(Wire::Liveness(message));
                resume.resume_with(())
            }
            Effect::GetValue(height, round, _, resume) => {
                self.tasks.push_back(Task::GetValue(height, round));
                resume.resume_with(())
            }
            Effect::RestreamProposal(height, round, pol_round, proposer, block, resume) => {
                self.tasks.push_back(Task::Restream(ProposalHead {
                    height,
                    round,
                    pol_round,
                    proposer,
                    block,
                }));
                resume.resume_with(())
            }
            Effect::Decide(certificate, _, resume) => {
                self.flush()?;
                self.tasks.push_back(Task::Decided(certificate));
                resume.resume_with(())
            }
            Effect::Finalize(certificate, _, evidence, resume) => {
                self.tasks.push_back(Task::Finalized(certificate, evidence));
                resume.resume_with(())
            }
            Effect::SignVote(vote, resume) => {
                self.ask_signer(&SignRequest::Vote(vote))?;
                let signed = at_once(self.signer.vote(vote));
                resume.resume_with(signed.map_err(|error| unsigned(&error))?)
            }
            Effect::SignProposal(proposal, resume) => {
                self.ask_signer(&SignRequest::Proposal(proposal))?;
                let signed = at_once(self.signer.proposal(proposal));
                resume.resume_with(signed.map_err(|error| unsigned(&error))?)
            }
            Effect::VerifySignature(message, key, resume) => {
                resume.resume_with(self.is_signed(&message, &key))
            }
            Effect::VerifyCommitCertificate(certificate, set, thresholds, resume) => {
                let checked = self.verifier.verify_commit_certificate(
                    &TheriacContext,
                    &certificate,
                    &set,
                    thresholds,
                );
                resume.resume_with(at_once(checked))
            }
            Effect::VerifyExtendedCommitCertificate(
                certificate,
                set,
                thresholds,
                policy,
                resume,
            ) => {
                let checked = self.verifier.verify_extended_commit_certificate(
                    &TheriacContext,
                    &certificate,
                    &set,
                    thresholds,
                    policy,
                );
                resume.resume_with(at_once(checked))
            }
            Effect::VerifyPolkaCertificate(certificate, set, thresholds, resume) => {
                let checked = self.verifier.verify_polka_certificate(
                    &TheriacContext,
                    &certificate,
                    &set,
                    thresholds,
                );
                resume.resume_with(at_once(checked))
            }
            Effect::VerifyRoundCertificate(certificate, set, thresholds, resume) => {
                let checked = self.verifier.verify_round_certificate(
                    &TheriacContext,
                    &certificate,
                    &set,
                    thresholds,
                );
                resume.resume_with(at_once(checked))
            }
            Effect::WalAppend(height, entry, resume) => {
                if !self.is_recovering && self.waits_for.is_none() {
                    self.log.lock().append(height.0, entry);
                }
                resume.resume_with(())
            }
            Effect::CertVerifiedSyncValue(value, proposer, resume) => {
                let value = RawDecidedValue::new(value.value_bytes, value.certificate);
                self.tasks.push_back(Task::Synced(value, proposer));
                resume.resume_with(())
            }
            Effect::CertRejectedSyncValue(_, _, _, resume) => resume.resume_with(()),
            Effect::ExtendVote(_, _, _, _, resume) => resume.resume_with(None),
            Effect::VerifyVoteExtension(_, _, _, _, extension, _, _) => match extension.message {},
        })
    }

    fn schedule(&mut self, timeout: Timeout) {
        self.next_timer += 1;
        self.timers.retain(|(known, _)| *known != timeout);
        self.timers.push((timeout, self.next_timer));
        let after = self.timeouts.duration_for(timeout);
        self.out.timers.push((timeout, self.next_timer, after));
    }

    fn flush(&mut self) -> Result<(), Death> {
        if self.is_recovering || self.waits_for.is_some() {
            return Ok(());
        }
        self.log.lock().flush().map_err(|_| Death::Machine)
    }

    /// A signer makes what it signs durable first, and is asked once the log is.
    fn ask_signer(&mut self, request: &SignRequest) -> Result<(), Death> {
        let chain = self.desk.chain().anchor().chain_id();
        let (Some(guard), Some(subject)) = (&mut self.signer_guard, request.subject(&chain)) else {
            return Ok(());
        };
        self.log.lock().flush().map_err(|_| Death::Machine)?;
        guard.admit(&subject).map_err(refused)
    }

    /// What was signed leaves once the guard has admitted it.
    fn publish_signed(&mut self, message: SignedConsensusMsg<TheriacContext>) -> Result<(), Death> {
        if !self.guard.admit(&message).map_err(refused)? {
            return Ok(());
        }
        let chain = self.desk.chain().anchor().chain_id();
        let subject = subject(&chain, &message);
        self.out.signed.push(SignedStep {
            validator: self.setup.key.public_key(),
            height: subject.height,
            round: subject.round,
            step: subject.step,
            digest: subject.digest,
        });
        self.out.sends.push(Wire::Consensus(message));
        Ok(())
    }

    fn is_signed(
        &self,
        message: &SignedMessage<TheriacContext, ConsensusMsg<TheriacContext>>,
        key: &PublicKey,
    ) -> bool {
        let signature = &message.signature;
        let result = match &message.message {
            ConsensusMsg::Vote(vote) => {
                at_once(self.verifier.verify_signed_vote(vote, signature, key))
            }
            ConsensusMsg::Proposal(proposal) => at_once(
                self.verifier
                    .verify_signed_proposal(proposal, signature, key),
            ),
        };
        result.is_ok_and(|result| result.is_valid())
    }
}

/// What waits for nothing: checking a signature, signing with a key at hand.
fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("it waits for nothing")
}

fn refused(error: GuardError) -> Death {
    let last = match &error {
        GuardError::Conflict { signed, .. } => signed.height,
        // The station lets such a message not leave; only a signer refuses it.
        GuardError::Regress { last, .. } => last.height,
        _ => return Death::Machine,
    };
    Death::Guard(error, last)
}

fn unsigned(error: &SignError) -> Death {
    Death::Fatal(error.to_string())
}
