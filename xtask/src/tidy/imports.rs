//! Imports go down only.

use cargo_metadata::{DependencyKind, Metadata, Package};

/// Layers from the lowest up; a package imports only from layers below its own.
const LAYERS: &[&[&str]] = &[
    &["theriac-gs1", "theriac-crypto", "theriac-migrations"],
    &["theriac-epcis"],
    &["theriac-ledger"],
    &["theriac-proof"],
    &["theriac-consensus", "theriac-wasm"],
    &["theriac-http", "theriac-label", "theriac-records"],
    &["theriac-signer"],
    &["theriac-client"],
    &["theriac-node"],
    &["theriac-partner"],
    &[
        "theriac-manufacturer",
        "theriac-distributor",
        "theriac-pharmacy",
        "theriac-regulator",
        "theriac-verifier",
    ],
    &["theriac"],
];

/// Packages that hold tests and tools: they may import anything, nothing may depend on them but
/// tests.
const TOOLS: &[&str] = &[
    "theriac-hostile",
    "theriac-postgres",
    "theriac-servicekit",
    "theriac-simulator",
    "theriac-testkit",
    "theriac-torture",
    "system-tests",
    "xtask",
    "xtask-web",
];

/// Crates of the outside world that only some packages may name.
const RESERVED: &[(&str, &[&str])] = &[
    ("sea-orm", &["theriac-records", "theriac-migrations"]),
    (
        "sea-orm-migration",
        &["theriac-records", "theriac-migrations"],
    ),
    (
        "actix-web",
        &[
            "theriac-http",
            "theriac-node",
            "theriac-partner",
            "theriac-manufacturer",
            "theriac-distributor",
            "theriac-pharmacy",
            "theriac-regulator",
            "theriac-verifier",
        ],
    ),
    (
        "arc-malachitebft-app-channel",
        &["theriac-consensus", "theriac-node", "theriac-simulator"],
    ),
    ("ed25519-dalek", &["theriac-crypto"]),
];

/// Packages without clock, files, randomness and runtime, and what would bring them in.
pub(super) const PURE: &[&str] = &[
    "theriac-gs1",
    "theriac-crypto",
    "theriac-epcis",
    "theriac-ledger",
    "theriac-proof",
];
const IMPURE: &[&str] = &[
    "tokio",
    "actix-web",
    "sea-orm",
    "reqwest",
    "getrandom",
    "rand",
    "uuid",
    "tracing",
    "fjall",
    "tempfile",
];

pub(super) fn check(metadata: &Metadata) -> Vec<String> {
    metadata.packages.iter().flat_map(check_package).collect()
}

fn check_package(package: &Package) -> Vec<String> {
    let name = package.name.as_str();
    let mut offences = Vec::new();
    let layer = layer_of(name);
    if layer.is_none() && !TOOLS.contains(&name) {
        offences.push(format!(
            "{name} is in no layer: add it to xtask/src/tidy/imports.rs"
        ));
    }
    for dependency in &package.dependencies {
        let imported = dependency.name.as_str();
        let for_tests = dependency.kind == DependencyKind::Development;
        if TOOLS.contains(&imported) && !for_tests && !TOOLS.contains(&name) {
            offences.push(format!(
                "{name} imports {imported}, which is for tests only"
            ));
        }
        if for_tests {
            continue;
        }
        if let (Some(own), Some(other)) = (layer, layer_of(imported))
            && other >= own
        {
            offences.push(format!("{name} imports {imported}, which is not below it"));
        }
        if PURE.contains(&name) && IMPURE.contains(&imported) {
            offences.push(format!("{name} is pure and may not import {imported}"));
        }
        let reserved = RESERVED.iter().find(|(reserved, _)| *reserved == imported);
        if let Some((_, allowed)) = reserved
            && !allowed.contains(&name)
            && !TOOLS.contains(&name)
        {
            offences.push(format!(
                "{name} imports {imported}, reserved for {allowed:?}"
            ));
        }
    }
    offences
}

fn layer_of(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}
