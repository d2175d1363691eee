//! A key behind a Unix socket: the signer process, what is said to it, and the port through which
//! nodes and services sign with a key of their own or with one that it holds.
//!
//! # Invariants
//!
//! - **No bare bytes are signed**: what is asked names what it is, whole; the signer computes the
//!   digest itself, for one chain and one key.
//! - **No two votes for one height, round and step are ever signed**, whatever a node believes: the
//!   signer's [`SigningGuard`](theriac_consensus::guard::SigningGuard) is on the disk before a
//!   signature leaves.
//! - **What is not allowed by its configuration is refused**, with a code and a sentence; so is what
//!   is asked by another user of the machine.
//! - Every frame is bounded before it is read, connections and their time as well.
//! - A signer that is away is an error that passes: whoever is told so keeps what was to be signed.
//!
//! # The protocol
//!
//! A connection carries frames in turns: one asks, one answers. A frame is
//! `length u32 LE ‖ version u8 ‖ borsh(message)`, the length counting what follows it; messages are
//! [`wire::Ask`] and [`wire::Answer`], read strictly. The file mode of the socket and the user of the
//! process at its other end decide who may ask; who asks looks whether the socket is open to
//! everybody, and whether its owner answers.
//!
//! # Entry points
//!
//! [`server::start`] runs a signer from its [`settings::SignerSettings`]; [`RemoteSigner`] asks one;
//! [`Signer`] is the port, [`place::KeyPlace`] the choice between the two that a configuration makes.
#![warn(missing_docs)]

pub mod place;
mod port;
mod remote;
pub mod server;
pub mod settings;
pub mod wire;

pub use place::{KeyFileSettings, KeyPlace, KeySettings, OpenKey, OpenKeyError};
pub use port::{SharedSigner, Signer};
pub use remote::{AnswerFault, RemoteSigner, SignerError, SocketFault};
