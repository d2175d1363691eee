//! The regulator's service as its callers meet it: a real server over a read model that was folded
//! from blocks.

mod provenance;
mod refusals;
mod running;
mod starting;
