//! What a signer signs, and how much of it.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use theriac_ledger::action::ActionKind;

use crate::settings::{SettingsError, SignerSettings};
use crate::wire::{Refusal, RefusalCode};

/// The rules of a configuration. What is none is not signed.
#[derive(Debug)]
pub(super) struct Policy {
    pub(super) votes: Option<Rate>,
    pub(super) transactions: Option<Rate>,
    pub(super) requests: Option<Rate>,
    pub(super) possession: Option<Rate>,
    actions: BTreeSet<u16>,
}

impl Policy {
    pub(super) fn new(settings: &SignerSettings) -> Result<Self, SettingsError> {
        Ok(Self {
            actions: settings.actions()?,
            votes: settings
                .votes
                .as_ref()
                .map(|section| Rate::new("votes", section.per_minute)),
            transactions: settings
                .transactions
                .as_ref()
                .map(|section| Rate::new("transactions", section.per_minute)),
            requests: settings
                .requests
                .map(|section| Rate::new("requests", section.per_minute)),
            possession: settings
                .possession
                .map(|section| Rate::new("possession", section.per_minute)),
        })
    }

    /// Whether transactions of this kind are signed.
    pub(super) fn check_action(&self, kind: ActionKind) -> Result<(), Refusal> {
        if self.actions.contains(&kind.number()) {
            return Ok(());
        }
        let name = kind.name();
        let sentence = format!(
            "actions of kind {name} are not signed here; configuration key transactions.actions lists those that are"
        );
        Err(Refusal::new(RefusalCode::NotAllowed, &sentence))
    }
}

/// How much of something is signed at once, and how much a minute after that.
#[derive(Debug)]
pub(super) struct Rate {
    section: &'static str,
    per_minute: u32,
    limiter: Option<DefaultDirectRateLimiter>,
}

impl Rate {
    fn new(section: &'static str, per_minute: u32) -> Self {
        let quota = NonZeroU32::new(per_minute).map(Quota::per_minute);
        Self {
            section,
            per_minute,
            limiter: quota.map(RateLimiter::direct),
        }
    }

    fn admit(&self) -> Result<(), Refusal> {
        let Some(limiter) = &self.limiter else {
            return Ok(());
        };
        limiter.check().map_err(|_| {
            let Self {
                section,
                per_minute,
                ..
            } = self;
            let sentence = format!(
                "no more than {per_minute} {section} are signed at once, and as many a minute after that; ask again later, or change configuration key {section}.per_minute"
            );
            Refusal::new(RefusalCode::OverLimit, &sentence)
        })
    }
}

/// Counts one of something, if there is a section for it.
pub(super) fn admit(rate: Option<&Rate>, section: &str) -> Result<(), Refusal> {
    match rate {
        Some(rate) => rate.admit(),
        None => Err(Refusal::new(
            RefusalCode::NotAllowed,
            &format!("nothing of this kind is signed here; it needs a section [{section}]"),
        )),
    }
}
