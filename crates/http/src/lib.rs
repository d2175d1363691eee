//! What every HTTP program of Theriac shares: problems (RFC 9457), who calls (API keys, signed
//! requests, and a port for more), what is told to the audit trail, rate limits, health, metrics, configuration, logging, supervised tasks and the server
//! that puts them together.
//!
//! # Invariants
//!
//! - **Every refusal is a [`problem::Problem`]** with a stable code, what is wrong and what to do
//!   next; a body of class 5xx says nothing internal.
//! - **No task dies unseen**: [`task::Supervisor`] holds the only `tokio::spawn`.
//! - **Time and randomness come from here**: [`clock::SystemClock`] and
//!   [`random::system_random`] are the only sources; everything below takes them as arguments.
//! - Requests, bodies, nonces, keys and rate-limit state are bounded by named constants.
//!
//! # Entry points
//!
//! A program loads its settings with [`config::load`], starts [`logging::init`], makes a
//! [`task::Supervisor`], then calls [`server::serve`] with its routes.

#![warn(missing_docs)]

pub mod api_key;
pub mod body;
pub mod call;
pub mod client_address;
pub mod clock;
pub mod config;
pub mod description;
pub mod documentation;
pub mod event_stream;
pub mod health;
pub mod idempotency;
pub mod identity;
pub mod keyfile;
pub mod logging;
pub mod metrics;
pub mod paging;
pub mod problem;
pub mod random;
pub mod rate_limit;
pub mod request_id;
pub mod security_headers;
pub mod server;
pub mod signed_request;
pub mod task;
pub mod witness;

pub use problem::{Problem, ProblemCode};
