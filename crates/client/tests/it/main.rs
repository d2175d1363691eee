//! The client against servers that tell the truth, lie, break off and disappear.

mod chain;
mod follower;
mod node_client;
mod server;
mod submitter;
