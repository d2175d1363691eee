//! A node: its genesis, its keys, its folder, its peers.

use theriac_client::trust::{load_anchor, load_records};
use theriac_http::problem::chain;
use theriac_node::config::NodeConfig;

use super::nodes::Known;
use super::{Findings, machine, nodes};
use crate::command::configured::own_url;

pub(super) async fn look(
    config: &NodeConfig,
    runs: bool,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    machine::look_at_disk(&config.data_dir, findings);
    if let Err(error) = load_records(&config.genesis.records) {
        findings.bad("genesis", chain(&error), "get the file from another member");
    }
    let anchor = match load_anchor(&config.genesis.anchor) {
        Ok(anchor) => anchor,
        Err(error) => {
            findings.bad("genesis", chain(&error), "get the file from another member");
            return Ok(());
        }
    };
    findings.good("genesis", format!("chain {}", anchor.chain_id()));
    let mut keys = vec![&config.key];
    keys.extend(config.request_key.as_ref());
    for key in keys {
        let place = match key.place() {
            Ok(place) => place,
            Err(error) => {
                findings.bad("key", chain(&error), "mend the section of the key");
                continue;
            }
        };
        match place.open(anchor.chain_id()).await {
            Ok(opened) => findings.good("key", format!("{} opens", opened.signer().public_key())),
            Err(error) => findings.bad(
                "key",
                chain(&error),
                "files of keys and passphrases have mode 0600 and belong to who runs the node; a signer must run",
            ),
        }
    }
    let mut urls: Vec<_> = config.peers.iter().map(|peer| peer.url.clone()).collect();
    urls.extend(config.follow.iter().cloned());
    if runs {
        urls.push(own_url(config.server.listen)?);
    }
    let known = Known {
        anchor,
        urls,
        signer: None,
    };
    nodes::look(&known, findings).await.map(drop)
}
