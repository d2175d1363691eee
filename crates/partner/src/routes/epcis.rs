//! The capture interface of EPCIS 2.0 (section 12.6).

pub mod capture;
pub mod exchange;
pub mod list;
pub mod options;
pub mod show;
