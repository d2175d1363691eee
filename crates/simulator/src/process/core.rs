//! Feeding the consensus core.

use arc_malachitebft_app_channel::app::consensus::r#gen::{CoResult, Gen};
use arc_malachitebft_app_channel::app::consensus::{
    Effect, Error, Input, LivenessMsg, Params, Resume, State, ValuePayload, handle,
};
use arc_malachitebft_app_channel::app::types::core::{ThresholdParams, ValueResponse};
use theriac_consensus::engine::{HeightParams, PeerId, RawDecidedValue};
use theriac_consensus::{Address, EngineHeight, TheriacContext};

use super::{Death, Process, QUEUE_HEIGHTS, QUEUE_PER_HEIGHT};

impl Process {
    /// Lets the core work on one input, and does what it asks for.
    pub(super) fn process(&mut self, input: Input<TheriacContext>) -> Result<(), Death> {
        let Self { core, side } = self;
        let Some(core) = core.as_mut() else {
            return Ok(());
        };
        let metrics = std::rc::Rc::clone(&side.metrics);
        let mut machine = Gen::new(|co| handle(co, core, &metrics, input));
        let mut step = machine.resume_with(Resume::Start);
        loop {
            match step {
                CoResult::Yielded(effect) => {
                    let resume = side.effect(effect)?;
                    step = machine.resume_with(resume);
                }
                CoResult::Complete(result) => return result.map_err(|error| failed(&error)),
            }
        }
    }

    /// Begins a height: the log is read, the core told, the log replayed.
    pub(super) fn start_height(
        &mut self,
        height: EngineHeight,
        params: HeightParams<TheriacContext>,
    ) -> Result<(), Death> {
        self.side.timeouts = params.timeouts;
        let votes = self.side.waits_for.is_none();
        let entries = if votes {
            self.side.log.lock().begin(height.0)
        } else {
            self.side.log.lock().reset(height.0);
            Vec::new()
        };
        self.core.get_or_insert_with(|| {
            State::new(
                TheriacContext,
                height,
                params.validator_set.clone(),
                core_params(Address(self.side.setup.key.public_key()), votes),
                QUEUE_HEIGHTS,
                QUEUE_PER_HEIGHT,
            )
        });
        self.process(Input::StartHeight(
            height,
            params.validator_set,
            false,
            params.target_time,
            params.vote_extension_policy,
        ))?;
        if !entries.is_empty() {
            self.replay(entries)?;
        }
        self.take_from_archive();
        Ok(())
    }

    fn replay(&mut self, entries: Vec<Input<TheriacContext>>) -> Result<(), Death> {
        self.side.is_recovering = true;
        if let Some(core) = self.core.as_mut() {
            core.record_recovered_own_precommit_extensions(entries.iter());
            core.index_wal_entries(entries.iter());
        }
        for entry in entries {
            self.process(entry)?;
        }
        if let Some(core) = self.core.as_mut() {
            core.reset_entries_index();
        }
        self.side.is_recovering = false;
        Ok(())
    }
}

fn failed(error: &Error<TheriacContext>) -> Death {
    Death::Fatal(format!("the consensus core: {error}"))
}

fn core_params(address: Address, enabled: bool) -> Params<TheriacContext> {
    Params {
        address,
        threshold_params: ThresholdParams::default(),
        value_payload: ValuePayload::ProposalAndParts,
        enabled,
    }
}

/// What a repeated message is for the core.
pub(super) fn liveness(message: LivenessMsg<TheriacContext>) -> Input<TheriacContext> {
    match message {
        LivenessMsg::Vote(vote) => Input::Vote(vote),
        LivenessMsg::PolkaCertificate(certificate) => Input::PolkaCertificate(certificate),
        LivenessMsg::SkipRoundCertificate(certificate) => Input::RoundCertificate(certificate),
    }
}

/// A decided block of a peer, as the core takes it.
pub(super) fn response(
    peer: PeerId,
    value: RawDecidedValue<TheriacContext>,
) -> ValueResponse<TheriacContext> {
    ValueResponse::new(peer, value.value_bytes, value.certificate)
}

/// The effect that the core yields.
pub(super) type CoreEffect = Effect<TheriacContext>;
/// What it goes on with.
pub(super) type CoreResume = Resume<TheriacContext>;
