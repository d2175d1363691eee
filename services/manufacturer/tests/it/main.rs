//! The manufacturer as its callers meet it: a real server over a read model, its nodes down.

mod batches;
mod keys;
mod labels;
mod node_down;
mod packing;
mod running;
