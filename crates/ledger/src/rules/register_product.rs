//! `RegisterProduct`: role Manufacturer, own prefix, once.

use super::signer::Signer;
use crate::action::RegisterProduct;
use crate::encoding::BoundedList;
use crate::execute::{Refusal, Step};
use crate::record::{History, Product, ProductPrivate, ProductPublic, Role};
use crate::rejection::ProductRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &RegisterProduct,
) -> Result<(), Refusal> {
    signer.require_role(Role::Manufacturer)?;
    let gtin = action.gtin;
    let prefixes = &signer.organisation_record().public.gs1_prefixes;
    if !prefixes.iter().any(|prefix| prefix.matches_gtin(&gtin)) {
        return Err(ProductRejection::Prefix { gtin }.into());
    }
    if step.get::<Product>(&gtin)?.is_some() {
        return Err(ProductRejection::AlreadyRegistered { gtin }.into());
    }
    let product = Product {
        public: ProductPublic {
            name: action.name.clone(),
            strength: action.strength.clone(),
            form: action.form.clone(),
            pack_size: action.pack_size,
            owner: signer.organisation,
            markets: action.markets.clone(),
            withdrawn: BoundedList::empty(),
        },
        private: ProductPrivate {
            storage: action.storage,
            history: History::default(),
        },
    };
    step.put(gtin, product)
}
