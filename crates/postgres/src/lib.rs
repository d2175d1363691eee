//! A PostgreSQL server of one's own, for tests: never in a program.
//!
//! What: [`Server::start`] makes a cluster in a folder of its own and starts Debian's PostgreSQL on it, reached
//! by a Unix socket alone; [`fresh_database`] gives the address of a new, empty database.
//!
//! Invariants:
//! - **no test sees another's rows**: every call makes a database with a name of its own;
//! - **nothing is left behind**: a shell keeps the server, waits for its standard input to end, which it does
//!   however this process ends, stops the server and deletes the folder;
//! - the settings that keep an acknowledged commit are on, as a service demands; the folder is in memory where
//!   there is room, so that this costs nothing.
//!
//! `cargo xtask test` starts one server for all tests and names it in [`VARIABLE`]. Without it, each process
//! that asks starts its own, in about a second.
#![warn(missing_docs)]

mod database;
mod server;

pub use database::{VARIABLE, fresh_database};
pub use server::{PostgresError, Server};
