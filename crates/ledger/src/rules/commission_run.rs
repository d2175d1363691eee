//! `CommissionRun`: the product's owner brings packs into being.

use std::sync::Arc;

use super::signer::Signer;
use super::supply::is_past;
use crate::action::CommissionRun;
use crate::constants::LOT_RUNS_MAX;
use crate::execute::{CheckedTransaction, NewRun, Refusal, Step};
use crate::record::{
    History, LotName, LotPrivate, LotPublic, LotRecord, LotState, Product, Role, Run, RunPrivate,
    RunPublic,
};
use crate::rejection::{LotRejection, ProductRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &CommissionRun,
    transaction: &CheckedTransaction,
) -> Result<(), Refusal> {
    signer.require_role(Role::Manufacturer)?;
    let gtin = action.gtin;
    let product = step
        .get::<Product>(&gtin)?
        .ok_or(ProductRejection::Unknown { gtin })?;
    if product.public.owner != signer.organisation {
        return Err(ProductRejection::NotOwner { gtin }.into());
    }
    let lot = LotName {
        gtin,
        lot: action.lot,
    };
    if is_past(action.expiry, step.time()) {
        let expiry = action.expiry;
        return Err(LotRejection::Expired { lot, expiry }.into());
    }
    let known = step.get::<LotRecord>(&lot)?;
    let record = next_lot(known.as_deref(), signer, action, lot)?;
    step.put(lot, record)?;
    put_run(step, signer, action, transaction)
}

fn next_lot(
    known: Option<&LotRecord>,
    signer: &Signer,
    action: &CommissionRun,
    lot: LotName,
) -> Result<LotRecord, LotRejection> {
    let mut record = match known {
        Some(known) => known.clone(),
        None => LotRecord {
            public: LotPublic {
                manufacturer: signer.organisation,
                expiry: action.expiry,
                manufactured: action.manufactured,
                state: LotState::Open,
                runs: 0,
            },
            private: LotPrivate {
                history: History::default(),
            },
        },
    };
    let public = &mut record.public;
    match public.state {
        LotState::Open => {}
        LotState::Closed => return Err(LotRejection::Closed { lot }),
        LotState::Recalled { .. } => return Err(LotRejection::Recalled { lot }),
    }
    if (public.expiry, public.manufactured) != (action.expiry, action.manufactured) {
        return Err(LotRejection::Dates {
            lot,
            expiry: public.expiry,
            manufactured: public.manufactured,
        });
    }
    if public.runs >= LOT_RUNS_MAX {
        return Err(LotRejection::TooManyRuns { lot });
    }
    if action.number != public.runs {
        return Err(LotRejection::RunNumber {
            lot,
            found: action.number,
            next: public.runs,
        });
    }
    public.runs += 1;
    Ok(record)
}

fn put_run<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &CommissionRun,
    transaction: &CheckedTransaction,
) -> Result<(), Refusal> {
    for (position, key) in (0..).zip(action.keys.iter()) {
        if let Some(existing) = step.find_pack(key)? {
            return Err(LotRejection::DuplicateSerial { position, existing }.into());
        }
    }
    let identities = transaction
        .identities()
        .expect("check_stateless hashes the identities of every run");
    let run = Run {
        public: RunPublic {
            identity_root: identities.root,
            count: u32::try_from(action.keys.len()).expect("a run is bounded"),
            commissioned_at: step.time(),
        },
        private: RunPrivate {
            account: signer.account,
            history: History::default(),
        },
    };
    step.put(action.run(), run)?;
    step.put_packs(NewRun {
        run: action.run(),
        identity_root: identities.root,
        keys: Arc::clone(&identities.keys),
    });
    Ok(())
}
