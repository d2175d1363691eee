//! Exceptions of deliveries.
pub mod answer;
pub mod inbox;
pub mod list;
pub mod report;
pub mod settle;
pub mod show;
