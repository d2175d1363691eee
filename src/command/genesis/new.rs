//! `theriac genesis new`.

use std::path::Path;

use anyhow::bail;
use rand_core::Rng as _;
use serde_json::json;
use theriac_crypto::Digest;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::random::system_random;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::Parameters;

use super::ceremony::Ceremony;
use crate::arguments::OutputForm;
use crate::output;

impl Ceremony {
    /// An empty ceremony that begins now.
    pub(crate) fn begin() -> Self {
        let mut nonce = [0; 32];
        system_random().fill_bytes(&mut nonce);
        Self {
            nonce: Digest(nonce),
            time: Timestamp(SystemClock.now_ms()),
            parameters: Parameters::default(),
            organisations: Vec::new(),
            accounts: Vec::new(),
            keys: Vec::new(),
            validators: Vec::new(),
        }
    }
}

pub(super) fn run(path: &Path, form: OutputForm) -> anyhow::Result<()> {
    if path.exists() {
        bail!(
            "{} exists already; choose another name or remove it",
            path.display()
        );
    }
    let ceremony = Ceremony::begin();
    ceremony.write(path)?;
    output::result(
        form,
        &json!({ "ceremony": path, "nonce": ceremony.nonce }),
        &[
            ("ceremony", path.display().to_string()),
            ("next", "each party runs: theriac genesis add …".to_owned()),
        ],
    )
}
