//! The rules of each group by example. The model test covers their combinations.

mod bounds;
mod custody;
mod grouping;
mod lots;
mod membership;
mod status;
