//! The regulator's service: where a pack, a lot or a unit is, and everything that happened to it.
//!
//! What: `GET /api/v1/provenance/packs`, `…/lots/{gtin}/{lot}` and `…/units/{sscc}` give the thing as
//! it is now, who holds it, and every event in the order of the chain with its signer.
//! `POST /api/v1/recalls` recalls a batch in the regulator's name, where two persons must agree by way of a draft.
//!
//! Invariants:
//! - answers come from a read model that this process folds from blocks whose certificates it checked;
//! - every address but the probes needs an API key, with the scope `read` or, to recall, `write`.
//!
//! Entry point: [`start()`].

mod application;
mod body;
mod openapi;
mod routes;
mod state;

pub use application::start;
pub use body::{
    ContentsBody, EventBody, HolderBody, LotBody, LotHolderBody, LotProvenanceBody, OnTheWayBody,
    PackBody, PackProvenanceBody, PartyBody, UnitBody, UnitProvenanceBody,
};
pub use openapi::openapi;
pub use theriac_partner::config::Config;
