//! `theriac evidence check`: whether evidence of misbehaviour holds, who did what, what to do now.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::Serialize;
use theriac_crypto::Digest;
use theriac_proof::light::{TRUST_JSON_BYTES_MAX, Trust};
use theriac_proof::misbehaviour::{Finding, MISBEHAVIOUR_JSON_BYTES_MAX, Misbehaviour};

use crate::arguments::OutputForm;
use crate::output;

/// Exits with 0 when the evidence holds: it proves misbehaviour. Exits with 1 when it does not hold
/// or cannot be read.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The evidence, as JSON or canonical bytes, or - for either on standard input.
    file: PathBuf,
    /// What to trust: the public anchor of a genesis, or a checkpoint. Without it nobody knows
    /// whether the keys have a vote.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
}

/// What is said about evidence.
#[derive(Debug, Serialize)]
struct Report {
    holds: bool,
    /// The name under which nodes keep it.
    digest: Digest,
    #[serde(flatten)]
    judged: Judged,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Judged {
    Holds {
        finding: Box<Finding>,
        sentence: String,
        action: &'static str,
        caveats: Vec<&'static str>,
    },
    Fails {
        reason: String,
    },
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let report = check(options)?;
    output::result(form, &report, &report.rows())?;
    Ok(if report.holds {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn check(options: &Options) -> anyhow::Result<Report> {
    let trust = options.trust.as_deref().map(read_trust).transpose()?;
    let bytes = if options.file == Path::new("-") {
        read_bounded(io::stdin().lock(), MISBEHAVIOUR_JSON_BYTES_MAX)
    } else {
        read_file(&options.file, MISBEHAVIOUR_JSON_BYTES_MAX)
    };
    let name = options.file.display();
    let evidence = bytes
        .with_context(|| format!("reading {name}"))
        .and_then(|bytes| {
            decode(&bytes).with_context(|| {
                format!(
                    "{name} is no evidence against validators; evidence for an answer about a pack \
                     is checked by theriac verify --offline"
                )
            })
        })?;
    Ok(Report::of(&evidence, trust.as_ref()))
}

/// Canonical bytes begin with the number of the case, which begins no JSON.
fn decode(bytes: &[u8]) -> anyhow::Result<Misbehaviour> {
    match bytes.first() {
        Some(0..=2) => Ok(Misbehaviour::decode(bytes)?),
        _ => Ok(Misbehaviour::from_json(bytes)?),
    }
}

fn read_trust(path: &Path) -> anyhow::Result<Trust> {
    let name = path.display();
    let text = read_file(path, TRUST_JSON_BYTES_MAX).with_context(|| format!("reading {name}"))?;
    Trust::from_json(&text).with_context(|| format!("{name} is no trust file"))
}

fn read_file(path: &Path, max: usize) -> anyhow::Result<Vec<u8>> {
    read_bounded(File::open(path)?, max)
}

fn read_bounded(reader: impl Read, max: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max)?.saturating_add(1);
    reader.take(limit).read_to_end(&mut bytes)?;
    ensure!(bytes.len() <= max, "it is longer than {max} bytes");
    Ok(bytes)
}

impl Report {
    fn of(evidence: &Misbehaviour, trust: Option<&Trust>) -> Self {
        let digest = evidence.digest();
        match evidence.check(trust) {
            Ok(finding) => Self {
                holds: true,
                digest,
                judged: Judged::Holds {
                    sentence: finding.to_string(),
                    action: finding.advice(),
                    caveats: finding.caveats(),
                    finding: Box::new(finding),
                },
            },
            Err(error) => Self {
                holds: false,
                digest,
                judged: Judged::Fails {
                    reason: theriac_http::problem::chain(&error),
                },
            },
        }
    }

    /// For people: the answer first, then who and what to do.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = Vec::new();
        match &self.judged {
            Judged::Holds {
                finding,
                sentence,
                action,
                caveats,
            } => {
                let holds = if finding.is_set_trusted {
                    "holds: misbehaviour is proved"
                } else {
                    "holds for these keys; give --trust to see whether they have a vote"
                };
                rows.push(("evidence", holds.to_owned()));
                rows.push(("what", sentence.clone()));
                let validators = finding.validators().iter();
                rows.extend(validators.map(|key| ("validator", key.to_string())));
                rows.push(("chain", finding.chain_id.to_string()));
                rows.extend(caveats.iter().map(|text| ("note", (*text).to_owned())));
                rows.push(("next", (*action).to_owned()));
            }
            Judged::Fails { reason } => {
                let holds = "does not hold: it proves nothing, accuse nobody by it";
                rows.push(("evidence", holds.to_owned()));
                rows.push(("reason", reason.clone()));
            }
        }
        rows.push(("digest", self.digest.to_string()));
        rows
    }
}

#[cfg(test)]
mod tests;
