//! The manufacturer as its callers meet it: a real server over a read model, its nodes down.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it expects"
)]

mod audit;
mod batches;
mod capture;
mod documentation;
mod drafts;
mod events;
mod keys;
mod labels;
mod matrix;
mod node_down;
mod packing;
mod people;
mod running;
mod second_person;
mod stored_keys;
mod till;
