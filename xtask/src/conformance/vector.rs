//! One published case: a test function, the line it stands on, its literal arguments.

use std::fs;
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct Vector {
    #[serde(rename = "fn")]
    pub(super) function: String,
    pub(super) line: u32,
    args: Vec<Value>,
}

impl Vector {
    pub(super) fn read_all(path: &Path) -> anyhow::Result<Vec<Self>> {
        let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is not a case list", path.display()))
    }

    /// Whether the case expects success.
    pub(super) fn flag(&self, index: usize) -> anyhow::Result<bool> {
        self.args
            .get(index)
            .and_then(Value::as_bool)
            .context("an argument is not true or false")
    }

    pub(super) fn text(&self, index: usize) -> anyhow::Result<&str> {
        self.find_text(index).context("an argument is not a text")
    }

    /// `None` for null.
    pub(super) fn find_text(&self, index: usize) -> Option<&str> {
        self.args.get(index).and_then(Value::as_str)
    }

    /// The name of a C symbol.
    pub(super) fn symbol(&self, index: usize) -> anyhow::Result<&str> {
        self.args
            .get(index)
            .and_then(|value| value.get("c")?.as_str())
            .context("an argument is not a C symbol")
    }
}
