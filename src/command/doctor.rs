//! `theriac doctor`: what is wrong with a node or service on this machine, and what to do about it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::arguments::OutputForm;
use crate::command::configured::Configured;
use crate::command::service::runtime;
use crate::output;

mod ledger;
mod machine;
mod node;
mod nodes;
mod service;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration file of a node, a service or a verifier (TOML).
    #[arg(long)]
    config: PathBuf,
    /// How many chunks of packs, lots, units and shipments of a service's read model are compared with the ledger,
    /// each drawn by lot.
    #[arg(long, default_value_t = 50, value_name = "NUMBER")]
    samples: u64,
}

/// How something was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Good,
    Bad,
    /// Nothing can be said.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
struct Finding {
    check: &'static str,
    state: State,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Everything that was looked at.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn good(&mut self, check: &'static str, found: impl Into<String>) {
        self.push(check, State::Good, found.into(), None);
    }

    fn bad(&mut self, check: &'static str, found: impl Into<String>, next: impl Into<String>) {
        self.push(check, State::Bad, found.into(), Some(next.into()));
    }

    fn unknown(&mut self, check: &'static str, found: impl Into<String>, next: impl Into<String>) {
        self.push(check, State::Unknown, found.into(), Some(next.into()));
    }

    fn push(&mut self, check: &'static str, state: State, found: String, next: Option<String>) {
        self.0.push(Finding {
            check,
            state,
            found,
            next,
        });
    }

    fn is_well(&self) -> bool {
        self.0.iter().all(|finding| finding.state != State::Bad)
    }
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let configured = Configured::read(&options.config)?;
    let mut findings = Findings::default();
    runtime()?.block_on(Box::pin(look(&configured, options.samples, &mut findings)))?;
    print(form, &findings)?;
    Ok(if findings.is_well() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(
    configured: &Configured,
    samples: u64,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let runs = machine::look_at_port(configured, findings).await?;
    match configured {
        Configured::Node(config) => node::look(config, runs, findings).await,
        Configured::Service(config) => service::look(config, runs, samples, findings).await,
        Configured::Verifier(config) => {
            machine::look_at_disk(&config.replica.data_dir, findings);
            let known = service::look_at_files(&config.ledger, &config.account, findings).await;
            if let Some(known) = known {
                nodes::look(&known, findings).await?;
            }
            Ok(())
        }
    }
}

fn print(form: OutputForm, findings: &Findings) -> anyhow::Result<()> {
    let mut rows = Vec::new();
    for finding in &findings.0 {
        let word = match finding.state {
            State::Good => "ok",
            State::Bad => "WRONG",
            State::Unknown => "unknown",
        };
        rows.push((finding.check, format!("{word}: {}", finding.found)));
        if let Some(next) = &finding.next {
            rows.push(("", format!("→ {next}")));
        }
    }
    let value = json!({ "is_well": findings.is_well(), "findings": findings.0 });
    output::result(form, &value, &rows)
}
