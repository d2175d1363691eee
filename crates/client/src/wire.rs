//! What travels between a node and those who speak to it, and the addresses it travels to.
//!
//! Binary forms are borsh and strict; JSON refuses unknown fields where it is read from a request.
//! Byte strings inside JSON are standard base64.

mod block;
mod byte_string;
mod change;
mod history;
mod misbehaviour;
mod record;
mod status;
mod transaction;
mod validator_steps;

pub use block::{
    BLOCK_EVENT, BLOCK_PAGE_BYTES_MAX, BLOCK_PAGE_MAX, BlockPage, BlocksQuery,
    FINAL_BLOCK_BYTES_MAX, FinalBlock, HEAD_EVENT, HEARTBEAT_MS, Head, HeaderAnswer,
    STREAM_LIFETIME_MS, StreamQuery,
};
pub use byte_string::ByteString;
pub use change::{CHANGES_PAGE_MAX, ChangeAnswer, ChangesPage, ChangesQuery};
pub use history::HistoryQuery;
pub use misbehaviour::{
    KeptMisbehaviour, MISBEHAVIOUR_PAGE_MAX, MisbehaviourPage, MisbehaviourQuery,
};
pub use record::{PrivateHalf, RecordAnswer, RecordQuery};
pub use status::{NodeRole, NodeStatus, PeerStatus};
pub use transaction::{
    NOT_THE_LAST_WORD, PEER_TRANSACTIONS_BYTES_MAX, PEER_TRANSACTIONS_MAX, PeerAnswer,
    PeerTransactions, RejectionAnswer, SubmitQuery, TransactionAnswer, TransactionState,
    WAIT_MS_MAX, Wait,
};
pub use validator_steps::{VALIDATOR_STEPS_PAGE_MAX, ValidatorStepsPage, ValidatorStepsQuery};

/// The longest JSON answer that a client reads: a header with a certificate of 64 signatures and
/// a record with its proof fit many times.
pub const JSON_BYTES_MAX: usize = 1024 * 1024;
