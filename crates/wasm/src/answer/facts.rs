//! What an answer shows of product, batch and pack beside its words.

use serde::Deserialize;
use theriac_ledger::record::LotState;
use theriac_proof::check::{About, Checked};
use theriac_proof::verdict::{Recorded, Verdict};

/// What a verifier says is on record.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Stated {
    product: Option<StatedProduct>,
    expiry: Option<String>,
    status: Option<String>,
    since: Option<String>,
    lot_state: Option<String>,
    recall: Option<StatedRecall>,
}

#[derive(Debug, Deserialize)]
struct StatedProduct {
    name: String,
    strength: String,
    form: String,
    maker: String,
}

#[derive(Debug, Deserialize)]
struct StatedRecall {
    class: u8,
    since: String,
}

/// Names the first fact that the evidence shows otherwise, or does not show. An answer may tell less.
pub(super) fn check(stated: &Stated, checked: &Checked) -> Result<(), &'static str> {
    check_product(stated.product.as_ref(), &checked.about)?;
    match &checked.verdict {
        Verdict::Recorded(recorded)
        | Verdict::Mismatch {
            recorded: Some(recorded),
            ..
        } => check_recorded(stated, recorded),
        // Of a batch in which there is no such pack, its state alone may be told.
        Verdict::Mismatch { recorded: None, .. }
        | Verdict::Unknown { .. }
        | Verdict::Stale { .. }
        | Verdict::Invalid { .. } => {
            let told = [&stated.expiry, &stated.status, &stated.since];
            fits(told.iter().all(|told| told.is_none()), "the pack")
        }
    }
}

fn check_product(stated: Option<&StatedProduct>, about: &About) -> Result<(), &'static str> {
    let Some(stated) = stated else {
        return Ok(());
    };
    let proved = about.product.as_ref().ok_or("the product")?;
    fits(
        stated.name == proved.name.as_str()
            && stated.strength == proved.strength.as_str()
            && stated.form == proved.form.as_str(),
        "the product",
    )?;
    let maker = about.maker.as_ref();
    fits(
        maker.is_none_or(|maker| stated.maker == maker.legal_name.as_str()),
        "the maker",
    )
}

fn check_recorded(stated: &Stated, recorded: &Recorded) -> Result<(), &'static str> {
    let pack = recorded.pack;
    let expiry = Some(recorded.expiry.to_string());
    fits(
        agrees(stated.expiry.as_ref(), expiry.as_ref()),
        "the expiry date",
    )?;
    let status = pack.map(|pack| pack.status.to_string());
    fits(
        agrees(stated.status.as_ref(), status.as_ref()),
        "the status of the pack",
    )?;
    let since = pack.map(|pack| pack.since.to_string());
    fits(
        agrees(stated.since.as_ref(), since.as_ref()),
        "since when the pack has its status",
    )?;
    let (lot_state, recall) = match recorded.lot {
        LotState::Open => ("open", None),
        LotState::Closed => ("closed", None),
        LotState::Recalled { class, since, .. } => {
            ("recalled", Some((class as u8, since.to_string())))
        }
    };
    fits(
        agrees(stated.lot_state.as_ref(), Some(&lot_state.to_owned())),
        "the state of the batch",
    )?;
    let stated = stated.recall.as_ref();
    let stated = stated.map(|recall| (recall.class, recall.since.clone()));
    fits(agrees(stated.as_ref(), recall.as_ref()), "the recall")
}

fn agrees<T: PartialEq>(stated: Option<&T>, proved: Option<&T>) -> bool {
    stated.is_none() || stated == proved
}

fn fits(is_so: bool, what: &'static str) -> Result<(), &'static str> {
    if is_so { Ok(()) } else { Err(what) }
}
