//! What a node leaves behind when it dies: its store, its signing guard and the engine's log; and the
//! guard of the signer beside it, where its key is there.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_malachitebft_app_channel::app::consensus::Input;
use theriac_consensus::guard::{SLOT_BYTES, SigningGuard, Slots};
use theriac_consensus::{LogHead, TheriacContext};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_node::store::disk::{Batch, Disk, DiskError, Snapshot};
use theriac_testkit::disk::{Died, Fate, MemoryDisk};

/// The durable half of a node.
#[derive(Debug)]
pub(crate) struct Machine {
    pub(crate) disk: MemoryDisk,
    pub(crate) guard: GuardSlots,
    /// The guard of the signer of the same machine.
    pub(crate) signer: GuardSlots,
    pub(crate) log: Log,
    pub(crate) steps: Steps,
}

impl Machine {
    /// A machine on which a validator that has never signed is set up.
    pub(crate) fn new(chain: ChainId, key: PublicKey) -> Self {
        let steps = Steps::default();
        let first = SigningGuard::first_slot(chain, key);
        Self {
            disk: MemoryDisk::default(),
            guard: GuardSlots::new(&first, Medium::Guard, steps.clone()),
            signer: GuardSlots::new(&first, Medium::Signer, steps.clone()),
            log: Log::new(steps.clone()),
            steps,
        }
    }

    /// What the store is opened on.
    pub(crate) fn store(&self) -> Arc<dyn Disk> {
        Arc::new(NotedDisk {
            disk: self.disk.clone(),
            steps: self.steps.clone(),
        })
    }

    /// Lets the machine die at the step of a medium that comes after `before` others of it.
    pub(crate) fn doom(&self, medium: Medium, before: u64, fate: Fate) {
        match medium {
            Medium::Store => {
                let count = usize::try_from(before).unwrap_or(usize::MAX);
                let durable = std::iter::repeat_n(Fate::Durable, count);
                self.disk.foretell(durable.chain([fate]));
            }
            Medium::Guard => self.guard.lock().doom.after = Some((before, fate)),
            Medium::Signer => self.signer.lock().doom.after = Some((before, fate)),
            Medium::Log => self.log.lock().doom.after = Some((before, fate)),
        }
    }

    /// Cuts the power and puts it on again.
    pub(crate) fn restart(&self) {
        self.disk.restart();
        self.guard.lock().restart();
        self.signer.lock().restart();
        self.log.lock().restart();
        self.steps.lock().doom = Doom::default();
    }

    /// Lets the machine die at none of its next durable steps.
    pub(crate) fn spare(&self) {
        self.disk.foretell([]);
        self.guard.lock().doom.after = None;
        self.signer.lock().doom.after = None;
        self.log.lock().doom.after = None;
        self.steps.lock().doom.after = None;
    }

    /// Whether the machine died on a durable step.
    pub(crate) fn is_dead(&self) -> bool {
        self.disk.is_dead()
            || self.guard.lock().doom.is_dead
            || self.signer.lock().doom.is_dead
            || self.log.lock().doom.is_dead
    }
}

/// Where a machine makes something durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    /// The store of the chain.
    Store,
    /// The signing guard.
    Guard,
    /// The guard of the signer.
    Signer,
    /// The engine's log.
    Log,
}

/// The durable steps of a machine, in order, whatever became of them, and the one at which it dies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Steps(Arc<Mutex<StepState>>);

#[derive(Debug, Default)]
struct StepState {
    taken: Vec<Medium>,
    doom: Doom,
}

impl Steps {
    /// Notes a step; what becomes of it.
    fn note(&self, medium: Medium) -> Fate {
        let mut state = self.lock();
        state.taken.push(medium);
        state.doom.next()
    }

    /// Those up to now.
    pub(crate) fn taken(&self) -> Vec<Medium> {
        self.lock().taken.clone()
    }

    /// Lets the machine die at the step that comes after `before` others.
    pub(crate) fn doom(&self, before: u64, fate: Fate) {
        self.lock().doom.after = Some((before, fate));
    }

    fn lock(&self) -> MutexGuard<'_, StepState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A store's disk whose steps are noted.
#[derive(Debug)]
struct NotedDisk {
    disk: MemoryDisk,
    steps: Steps,
}

impl Disk for NotedDisk {
    fn snapshot(&self) -> Arc<dyn Snapshot> {
        self.disk.snapshot()
    }

    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        if !self.disk.is_dead() {
            let fate = self.steps.note(Medium::Store);
            if fate != Fate::Durable {
                self.disk.foretell([fate]);
            }
        }
        self.disk.write(batch)
    }

    /// No durable step: a machine that dies later may have it or not.
    fn write_soon(&self, batch: Batch) -> Result<(), DiskError> {
        self.disk.write_soon(batch)
    }
}

/// When a medium kills its machine.
#[derive(Debug, Default)]
struct Doom {
    /// Durable steps until then, and how.
    after: Option<(u64, Fate)>,
    is_dead: bool,
}

impl Doom {
    /// What becomes of the next durable step.
    fn next(&mut self) -> Fate {
        match &mut self.after {
            Some((0, fate)) => {
                let fate = *fate;
                self.after = None;
                self.is_dead = matches!(fate, Fate::DiesBefore | Fate::DiesAfter);
                fate
            }
            Some((steps, _)) => {
                *steps -= 1;
                Fate::Durable
            }
            None => Fate::Durable,
        }
    }

    /// The same, where something else has planned the machine's death at this step or not.
    fn next_or(&mut self, planned: Fate) -> Fate {
        let own = self.next();
        let fate = if planned == Fate::Durable {
            own
        } else {
            planned
        };
        self.is_dead |= fate != Fate::Durable;
        fate
    }
}

/// The signing guard's slots in memory.
#[derive(Debug, Clone)]
pub(crate) struct GuardSlots(Arc<Mutex<SlotState>>);

#[derive(Debug)]
pub(crate) struct SlotState {
    durable: [[u8; SLOT_BYTES]; 2],
    live: [[u8; SLOT_BYTES]; 2],
    doom: Doom,
    medium: Medium,
    steps: Steps,
    /// The planted fault: nothing that is written is durable.
    pub(crate) is_forgetful: bool,
}

impl GuardSlots {
    fn new(first: &[u8; SLOT_BYTES], medium: Medium, steps: Steps) -> Self {
        let slots = [*first, [0; SLOT_BYTES]];
        Self(Arc::new(Mutex::new(SlotState {
            durable: slots,
            live: slots,
            doom: Doom::default(),
            medium,
            steps,
            is_forgetful: false,
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SlotState {
    fn restart(&mut self) {
        self.live = self.durable;
        self.doom = Doom::default();
    }
}

impl Slots for GuardSlots {
    fn read(&self, index: u64) -> io::Result<[u8; SLOT_BYTES]> {
        Ok(self.lock().live[usize::from(index == 1)])
    }

    fn write(&mut self, index: u64, bytes: &[u8; SLOT_BYTES]) -> io::Result<()> {
        let mut state = self.lock();
        if state.doom.is_dead {
            return Err(io::Error::other(Died));
        }
        let planned = state.steps.note(state.medium);
        let (slot, fate) = (usize::from(index == 1), state.doom.next_or(planned));
        if fate != Fate::DiesBefore {
            state.live[slot] = *bytes;
            if !state.is_forgetful {
                state.durable[slot] = *bytes;
            }
        }
        if matches!(fate, Fate::DiesBefore | Fate::DiesAfter) {
            return Err(io::Error::other(Died));
        }
        Ok(())
    }
}

/// The engine's write-ahead log, with the meaning of the engine's own: appended, then flushed, reset
/// when another height begins.
#[derive(Debug, Clone)]
pub(crate) struct Log(Arc<Mutex<LogState>>);

type Entry = Input<TheriacContext>;

#[derive(Debug, Default)]
pub(crate) struct LogState {
    height: Height,
    entries: Vec<Entry>,
    durable: (Height, Vec<Entry>),
    doom: Doom,
    steps: Steps,
}

impl Log {
    fn new(steps: Steps) -> Self {
        Self(Arc::new(Mutex::new(LogState {
            steps,
            ..LogState::default()
        })))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, LogState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Loses the log, as when its file is damaged and its operator deletes it.
    pub(crate) fn lose(&self) {
        let mut state = self.lock();
        let steps = state.steps.clone();
        *state = LogState {
            steps,
            ..LogState::default()
        };
    }
}

impl LogState {
    fn restart(&mut self) {
        let (height, entries) = self.durable.clone();
        self.height = height;
        self.entries = entries;
        self.doom = Doom::default();
    }

    /// A height begins: what was logged of it before.
    pub(crate) fn begin(&mut self, height: Height) -> Vec<Entry> {
        if self.height != height {
            self.height = height;
            self.entries.clear();
        }
        self.entries.clone()
    }

    /// What it is about.
    pub(crate) fn head(&self) -> LogHead {
        LogHead {
            height: self.height,
            entries: self.entries.len(),
        }
    }

    /// Forgets everything: a node that does not vote logs nothing.
    pub(crate) fn reset(&mut self, height: Height) {
        self.height = height;
        self.entries.clear();
    }

    /// Appends; what is of another height is ignored.
    pub(crate) fn append(&mut self, height: Height, entry: Entry) {
        if self.height == height {
            self.entries.push(entry);
        }
    }

    /// Makes it durable.
    pub(crate) fn flush(&mut self) -> Result<(), Died> {
        let is_flushed =
            self.durable.0 == self.height && self.durable.1.len() == self.entries.len();
        if self.doom.is_dead {
            return Err(Died);
        }
        if is_flushed {
            return Ok(());
        }
        let planned = self.steps.note(Medium::Log);
        let fate = self.doom.next_or(planned);
        if fate != Fate::DiesBefore {
            self.durable = (self.height, self.entries.clone());
        }
        if matches!(fate, Fate::DiesBefore | Fate::DiesAfter) {
            return Err(Died);
        }
        Ok(())
    }
}
