//! Bugs that the simulation plants, to show that it would find them if somebody made them. Those of
//! the disk, the network and the clock are planted in the simulated ones; the rest ask here.
//!
//! A program that is built without debug assertions, as every released one is, holds none of this:
//! [`is_planted`] is `false` there for the compiler. Elsewhere nothing is planted unless a
//! simulation does so, for the thread it runs on.

/// A bug, planted where a real one would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// A block counts as committed before it is durable.
    AcknowledgeBeforeFsync,
    /// Parts of proposals for heights ahead are dropped.
    DropEarlyParts,
    /// After a restart another block is proposed in the same round.
    AnotherValueAfterRestart,
    /// The signing guard is not durable when a signature leaves.
    ForgetfulGuard,
    /// A transaction that is on the chain already is taken once more.
    AcceptReplayedId,
    /// `valid_until` is not looked at.
    IgnoreValidUntil,
    /// Custody passes when a shipment is sent, not when it is received.
    CustodyAtShip,
    /// A pack that was dispensed, at another node, is dispensed again.
    DispenseTwice,
    /// A proposal is voted for without being executed.
    VoteWithoutExecuting,
    /// Of two blocks of a height the changeset of the first is applied.
    WrongChangeset,
    /// The index of packs does not know those of before a restart.
    ForgetfulIndex,
    /// The clock judges blocks that others have decided.
    TimeBoundOnSync,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 12] = [
        Self::AcknowledgeBeforeFsync,
        Self::DropEarlyParts,
        Self::AnotherValueAfterRestart,
        Self::ForgetfulGuard,
        Self::AcceptReplayedId,
        Self::IgnoreValidUntil,
        Self::CustodyAtShip,
        Self::DispenseTwice,
        Self::VoteWithoutExecuting,
        Self::WrongChangeset,
        Self::ForgetfulIndex,
        Self::TimeBoundOnSync,
    ];
}

#[cfg(debug_assertions)]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug for this thread, or takes it out.
#[cfg(debug_assertions)]
pub fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}

/// The bug that is planted for this thread.
#[cfg(debug_assertions)]
pub fn planted() -> Option<Bug> {
    PLANTED.get()
}

/// Whether a bug is planted for this thread.
#[cfg(debug_assertions)]
pub fn is_planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// No bug is planted.
#[cfg(not(debug_assertions))]
pub const fn is_planted(_: Bug) -> bool {
    false
}
