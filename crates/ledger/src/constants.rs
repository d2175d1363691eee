//! Every bound of the ledger, in one place, with its reason.

/// Version of the formats and rules; part of every header.
pub const PROTOCOL: u32 = 1;

/// Bytes of an encoded block: what four authorities move in well under a second on a slow line.
pub const BLOCK_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Bytes of one proposal part: small enough to interleave with votes.
pub const PART_BYTES_MAX: usize = 256 * 1024;
/// Bytes of an encoded signed transaction: one full `CommissionRun` and room for its head.
pub const TRANSACTION_BYTES_MAX: usize = 640 * 1024;
/// Transactions in a block; the smallest is about 200 bytes, so bytes bind first.
pub const BLOCK_TRANSACTIONS_MAX: usize = 10_000;
/// Packs in one `CommissionRun`: 16 bytes each must fit a transaction.
pub const RUN_PACKS_MAX: usize = 32_768;
/// Runs in a lot: bounds the size of an absence proof for a lot.
pub const LOT_RUNS_MAX: u16 = 64;
/// Ranges of packs in one action.
pub const ACTION_RANGES_MAX: usize = 256;
/// Chunks that one action may touch.
pub const ACTION_CHUNKS_MAX: usize = 1_024;
/// Handling units in one action.
pub const ACTION_UNITS_MAX: usize = 1_000;
/// Exceptions in one `Receive`.
pub const ACTION_EXCEPTIONS_MAX: usize = 256;
/// Depth of units in units: pallet, layer, case, bundle and one to spare.
pub const NESTING_MAX: u8 = 5;
/// Lots that one unit may ever have held.
pub const UNIT_LOTS_MAX: usize = 256;
/// Packs in one chunk of state.
pub const CHUNK_PACKS: u32 = 128;
/// The largest `block_work_max` that a consortium can set: chunks and records that the transactions of
/// one block may touch, which bounds execution time beside bytes (about 0.8 s on one slow core).
pub const BLOCK_WORK_MAX: u64 = 16_384;
/// The smallest: more than any single action that keeps its own bounds touches.
pub const BLOCK_WORK_MIN: u64 = 2_560;
/// The smallest `block_bytes_max`: the largest transaction, and room for the head.
pub const BLOCK_BYTES_MIN: usize = TRANSACTION_BYTES_MAX + 64 * 1024;
/// The shortest timeout that a consortium can set, in milliseconds: less than a slow disk needs.
pub const STEP_MS_MIN: u32 = 50;
/// The longest, in milliseconds.
pub const STEP_MS_MAX: u32 = 600_000;
/// The longest period that a consortium can set, in milliseconds: a year.
pub const PERIOD_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1000;
/// Bytes that a node's pool holds.
pub const POOL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Bytes of the pool that one account may take.
pub const POOL_ACCOUNT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Longest time between a block and the `valid_until` of a transaction in it, in milliseconds.
pub const VALIDITY_MS_MAX: u64 = 10 * 60 * 1000;
/// Time for which a dispensing can be undone, in milliseconds: the ten days of EU 2016/161 Art. 13.
pub const UNDO_MS_MAX: u64 = 10 * 24 * 60 * 60 * 1000;
/// How far a block's time may lie ahead of a validator's clock, in milliseconds.
pub const TIME_AHEAD_MS_MAX: u64 = 2_000;
/// How far a block's time may lie behind a validator's clock, in milliseconds.
pub const TIME_BEHIND_MS_MAX: u64 = 30_000;

/// Longest name of a product, organisation or account, in bytes.
pub const NAME_BYTES_MAX: usize = 200;
/// Longest short text (strength, form, licence, address), in bytes.
pub const TEXT_BYTES_MAX: usize = 120;
/// Countries in one list: there are about 250.
pub const COUNTRIES_MAX: usize = 250;
/// Company prefixes of one organisation.
pub const PREFIXES_MAX: usize = 64;
/// Licences of one organisation.
pub const LICENCES_MAX: usize = 16;
/// Validators in a set: the engine keeps a full mesh.
pub const VALIDATORS_MAX: usize = 64;
/// Organisations, accounts or keys in the records of a genesis.
pub const GENESIS_RECORDS_MAX: usize = 4_096;
/// Accounts with which an organisation can be admitted at once; others are opened later.
pub const ADMITTED_ACCOUNTS_MAX: usize = 16;
/// Keys with which an organisation can be admitted at once.
pub const ADMITTED_KEYS_MAX: usize = 64;
/// Longest address and port of a validator, in bytes.
pub const ADDRESS_BYTES_MAX: usize = 64;
/// Company prefixes that begin with the same four digits: most of those that one national GS1
/// organisation gives out to makers of medicines.
pub const PREFIX_BUCKET_MAX: usize = 1_024;
