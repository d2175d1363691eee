//! What criterion measured.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// One kernel.
#[derive(Debug, Clone)]
pub(super) struct Kernel {
    pub(super) name: String,
    /// Median of a sample, in nanoseconds.
    pub(super) median_ns: f64,
    /// Things in one call, where they were counted.
    pub(super) elements: Option<u64>,
}

#[derive(Deserialize)]
struct Description {
    full_id: String,
    throughput: Option<Throughput>,
}

#[derive(Deserialize)]
enum Throughput {
    Elements(u64),
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
struct Estimates {
    median: Estimate,
}

#[derive(Deserialize)]
struct Estimate {
    point_estimate: f64,
}

/// Reads criterion's folder, by name; none where it was never run.
pub(super) fn read_all(folder: &Path) -> Result<Vec<Kernel>> {
    let mut kernels = Vec::new();
    if folder.exists() {
        collect(folder, &mut kernels)?;
    }
    kernels.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(kernels)
}

fn collect(folder: &Path, kernels: &mut Vec<Kernel>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let description = path.join("benchmark.json");
        if path.ends_with("new") && description.exists() {
            kernels.push(read(&description, &path.join("estimates.json"))?);
        } else {
            collect(&path, kernels)?;
        }
    }
    Ok(())
}

fn read(description: &Path, estimates: &Path) -> Result<Kernel> {
    let context = || estimates.display().to_string();
    let description: Description = serde_json::from_slice(&fs::read(description)?)?;
    let estimates: Estimates = serde_json::from_slice(&fs::read(estimates).with_context(context)?)
        .with_context(context)?;
    let elements = match description.throughput {
        Some(Throughput::Elements(elements)) => Some(elements),
        Some(Throughput::Other) | None => None,
    };
    Ok(Kernel {
        // Groups and functions are told apart by a slash; names of ours use it for settings only.
        name: description.full_id,
        median_ns: estimates.median.point_estimate,
        elements,
    })
}
