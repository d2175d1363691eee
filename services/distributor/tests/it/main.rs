//! The distributor as its callers meet it: a real server over a read model, its nodes down.

mod matrix;
