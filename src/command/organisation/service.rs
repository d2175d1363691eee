//! The configuration with which the service of an applicant starts once it is admitted.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;
use theriac_client::NodeUrl;
use theriac_http::keyfile::write_private;
use theriac_http::{api_key, random::system_random};
use theriac_ledger::identifier::AccountId;

use crate::command::genesis::add::RoleName;

/// What was written for one service.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The subcommand that runs it.
    pub(super) program: &'static str,
    /// Its configuration.
    pub(super) config: PathBuf,
    /// File with the key of whoever calls it.
    pub(super) api_key: PathBuf,
    /// Where it will answer.
    pub(super) address: SocketAddr,
}

/// The program of a role, and the port that the samples give it; none for roles that no service works for.
pub(super) fn program(role: RoleName) -> Option<(&'static str, u16)> {
    match role {
        RoleName::Manufacturer => Some(("manufacturer", 8101)),
        RoleName::Distributor => Some(("distributor", 8102)),
        RoleName::Pharmacy => Some(("pharmacy", 8103)),
        RoleName::Regulator => Some(("regulator", 8104)),
        RoleName::Authority | RoleName::Disposal => None,
    }
}

/// Writes the configuration of a role's service into the applicant's folder, with paths that hold from
/// anywhere; nothing for a role that has none.
pub(super) fn prepare(
    folder: &Path,
    role: RoleName,
    listen: Option<SocketAddr>,
    account: AccountId,
    nodes: &[NodeUrl],
) -> anyhow::Result<Option<Prepared>> {
    let Some((program, port)) = program(role) else {
        return Ok(None);
    };
    let folder = folder
        .canonicalize()
        .with_context(|| format!("finding {}", folder.display()))?;
    let address = listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, port).into());
    let (key, hash) = api_key::generate(&mut system_random());
    let api_key = folder.join(format!("{program}.api-key"));
    write_private(&api_key, key.as_bytes())?;
    let database = folder.join(format!("{program}.db"));
    let nodes: Vec<String> = nodes.iter().map(ToString::to_string).collect();
    let content = json!({
        "server": { "listen": address.to_string() },
        "ledger": {
            "anchor": folder.join("anchor.json"),
            "records": folder.join("records.json"),
            "nodes": nodes,
        },
        "account": {
            "id": account,
            "key": folder.join("key.pem"),
            "passphrase_file": folder.join("key.passphrase"),
        },
        "database": { "url": format!("sqlite://{}?mode=rwc", database.display()) },
        "api_key": [{ "name": program, "hash": hash, "scopes": ["read", "write"] }],
    });
    let config = folder.join(format!("{program}.toml"));
    let text = format!(
        "# theriac {program} --config {}\n# Other keys, and what they mean: deploy/samples/{program}.toml.\n\n{}",
        config.display(),
        toml::to_string_pretty(&content)?
    );
    fs::write(&config, text).with_context(|| format!("writing {}", config.display()))?;
    Ok(Some(Prepared {
        program,
        config,
        api_key,
        address,
    }))
}
