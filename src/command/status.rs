//! `theriac status`: where a node or service stands.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use theriac_client::NodeUrl;
use theriac_client::wire::NodeStatus;
use theriac_partner::service::StatusAnswer;
use theriac_records::repository::{chain, intents};
use theriac_records::{Database, DatabaseSettings};

use crate::arguments::{OutputForm, node_url};
use crate::command::configured::{Configured, own_url};
use crate::command::probe::{Probe, Said};
use crate::command::service::runtime;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    place: Place,
    /// A file with an API key: a service that is asked by its address says more.
    #[arg(long, value_name = "FILE", requires = "url")]
    api_key_file: Option<PathBuf>,
}

/// What is looked at.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// The configuration file of a node, a service or a verifier (TOML) on this machine.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Or where it answers, such as `http://127.0.0.1:8101`.
    #[arg(long, value_parser = node_url)]
    url: Option<NodeUrl>,
}

/// What is printed, in this order.
#[derive(Debug, Default)]
struct Rows(Vec<(&'static str, Value)>);

impl Rows {
    fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let mut rows = Rows::default();
    let is_ready = runtime()?.block_on(Box::pin(look(options, &mut rows)))?;
    let object: serde_json::Map<String, Value> = rows
        .0
        .iter()
        .map(|(name, value)| (name.replace(' ', "_"), value.clone()))
        .collect();
    let text: Vec<(&str, String)> = rows
        .0
        .iter()
        .map(|(name, value)| {
            let text = value.as_str().map(str::to_owned);
            (*name, text.unwrap_or_else(|| value.to_string()))
        })
        .collect();
    output::result(form, &object, &text)?;
    Ok(if is_ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(options: &Options, rows: &mut Rows) -> anyhow::Result<bool> {
    let configured = options
        .place
        .config
        .as_deref()
        .map(Configured::read)
        .transpose()?;
    let url = match (&options.place.url, &configured) {
        (Some(url), _) => url.clone(),
        (None, Some(configured)) => own_url(configured.listen())?,
        // One of the two is required.
        (None, None) => return Ok(false),
    };
    let probe = Probe::new()?;
    rows.put("url", url.to_string());
    let said = probe.ask(&url).await;
    let is_ready = put_said(&said, rows);
    if let Some(Configured::Service(service)) = &configured {
        let settings = DatabaseSettings::new(service.database.url.expose());
        put_database(&settings, rows).await?;
        let ledger = service.ledger.load()?;
        put_lag(&probe, &ledger.nodes, rows).await;
    }
    let Ok(said) = said else {
        return Ok(false);
    };
    if said.version.program == "node" {
        let (body, _) = probe.get(&url, "/v1/status", None).await?;
        put_node(&serde_json::from_slice(&body)?, rows);
    } else if let Some(file) = &options.api_key_file {
        let reading = || format!("reading {}", file.display());
        let key = std::fs::read_to_string(file).with_context(reading)?;
        let (body, _) = probe.get(&url, "/api/v1/status", Some(key.trim())).await?;
        let refused = || format!("{url} refuses: {}", String::from_utf8_lossy(&body));
        put_service(&serde_json::from_slice(&body).with_context(refused)?, rows);
    }
    Ok(is_ready)
}

fn put_said(said: &anyhow::Result<Said>, rows: &mut Rows) -> bool {
    match said {
        Ok(said) => {
            rows.put("program", said.version.program.as_str());
            rows.put("version", said.version.version.as_str());
            let is_ready = said.not_ready.is_empty();
            rows.put("ready", is_ready);
            if !is_ready {
                rows.put("not ready because", said.not_ready.join("; "));
            }
            is_ready
        }
        Err(error) => {
            rows.put("ready", false);
            rows.put(
                "not ready because",
                format!("it does not answer: {error:#}"),
            );
            false
        }
    }
}

fn put_node(status: &NodeStatus, rows: &mut Rows) {
    let voting = status.validators.members().len();
    let reached = status
        .peers
        .iter()
        .filter(|peer| peer.is_reachable == Some(true))
        .count();
    rows.put("chain", status.chain_id.to_string());
    rows.put("role", json!(status.role));
    rows.put("height", status.height);
    rows.put("time", status.time.to_string());
    rows.put("lag", status.lag_blocks);
    rows.put("validators", voting);
    rows.put("peers", status.peers.len());
    rows.put("peers reached", reached);
    rows.put("waiting transactions", status.pool_transactions);
}

fn put_service(status: &StatusAnswer, rows: &mut Rows) {
    rows.put("organisation", status.organisation.as_str());
    rows.put("account", status.account.as_str());
    rows.put("height", status.height);
    rows.put("lag", status.lag);
    rows.put("open intents", status.open_intents);
}

/// What a service's database says, whether or not it runs.
async fn put_database(settings: &DatabaseSettings, rows: &mut Rows) -> anyhow::Result<()> {
    let (db, schema) = Database::open_as_it_is(settings)
        .await
        .context("the database of the service")?;
    if schema.pending.is_empty() {
        let head = chain::find_head(&db).await?;
        rows.put("height", head.map_or(0, |head| head.height));
        rows.put("open intents", intents::count_open(&db).await?);
    } else {
        rows.put("migrations pending", schema.pending.len());
    }
    Ok(db.close().await?)
}

/// How far a read model is behind the first node that answers.
async fn put_lag(probe: &Probe, nodes: &[NodeUrl], rows: &mut Rows) {
    let own = rows.0.iter().find(|(name, _)| *name == "height");
    let Some(own) = own.and_then(|(_, value)| value.as_u64()) else {
        return;
    };
    for node in nodes {
        let Ok((body, _)) = probe.get(node, "/v1/status", None).await else {
            continue;
        };
        if let Ok(status) = serde_json::from_slice::<NodeStatus>(&body) {
            rows.put("lag", status.height.saturating_sub(own));
            rows.put("node", node.to_string());
            return;
        }
    }
    rows.put("lag", "unknown: no node answers");
}
