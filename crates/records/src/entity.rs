//! Tables, one file each, as the migrations lay them out.
#![expect(
    unreachable_pub,
    reason = "the macros of sea-orm need public items, and entities stay inside this crate"
)]

pub(crate) mod account;
pub(crate) mod anchor;
pub(crate) mod api_key;
pub(crate) mod audit;
pub(crate) mod bag;
pub(crate) mod bag_pack;
pub(crate) mod capture;
pub(crate) mod captured_event;
pub(crate) mod delivery;
pub(crate) mod draft;
pub(crate) mod event;
pub(crate) mod exception_message;
pub(crate) mod followed_head;
pub(crate) mod idempotency;
pub(crate) mod intent;
pub(crate) mod intent_wait;
pub(crate) mod key;
pub(crate) mod ledger_transaction;
pub(crate) mod lot;
pub(crate) mod news;
pub(crate) mod news_cursor;
pub(crate) mod organisation;
pub(crate) mod pack_index;
pub(crate) mod pack_span;
pub(crate) mod product;
pub(crate) mod recall_notice;
pub(crate) mod rest_item;
pub(crate) mod return_check;
pub(crate) mod returned_pack;
pub(crate) mod run;
pub(crate) mod run_serial;
pub(crate) mod session;
pub(crate) mod shipment;
pub(crate) mod stock;
pub(crate) mod transaction_lot;
pub(crate) mod transaction_pack;
pub(crate) mod transaction_shipment;
pub(crate) mod transaction_unit;
pub(crate) mod unit;
pub(crate) mod user;
pub(crate) mod webhook;

/// Tables that hold what the chain says, and nothing else: dropped and folded again by [`crate::rebuild`]. A new
/// table is here or in [`OWN_TABLES`].
pub const CHAIN_TABLES: [&str; 20] = [
    "accounts",
    "anchors",
    "followed_head",
    "keys",
    "ledger_transactions",
    "lots",
    "organisations",
    "pack_index",
    "pack_spans",
    "products",
    "rest_items",
    "returned_packs",
    "runs",
    "shipments",
    "stock",
    "transaction_lots",
    "transaction_packs",
    "transaction_shipments",
    "transaction_units",
    "units",
];

/// Tables that hold what only this service knows: no chain brings them back.
pub const OWN_TABLES: [&str; 21] = [
    "api_keys",
    "audit",
    "bag_packs",
    "bags",
    "captured_events",
    "captures",
    "deliveries",
    "drafts",
    "events",
    "exception_messages",
    "idempotency",
    "intent_waits",
    "intents",
    "news",
    "news_cursor",
    "recall_notices",
    "return_checks",
    "run_serials",
    "sessions",
    "users",
    "webhooks",
];
