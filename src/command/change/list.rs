//! `theriac change list`.

use clap::Args;
use serde_json::json;
use theriac_client::wire::ChangeAnswer;
use theriac_ledger::record::{ChangePublic, ChangeState};

use super::course::missing;
use super::member::{Reader, ReaderOptions};
use super::words;
use crate::arguments::OutputForm;
use crate::output;

#[derive(Debug, Args)]
pub(super) struct Options {
    #[command(flatten)]
    reader: ReaderOptions,
    /// Also those that are enacted, withdrawn or expired.
    #[arg(long)]
    all: bool,
}

/// Pages looked through.
const PAGES_MAX: usize = 64;

pub(super) async fn run(options: &Options, form: OutputForm) -> anyhow::Result<()> {
    let reader = Reader::open(&options.reader)?;
    let node = reader.node().await?;
    let mut changes: Vec<ChangeAnswer> = Vec::new();
    let mut before = None;
    for _ in 0..PAGES_MAX {
        let page = node.changes(before.as_ref()).await?;
        before = page.next;
        changes.extend(page.changes.into_inner());
        if before.is_none() {
            break;
        }
    }
    changes.retain(|answer| options.all || is_open(answer));
    let rows: Vec<(String, String)> = changes
        .iter()
        .map(|answer| {
            let record = &answer.record;
            let said = words::describe(&record.change);
            let first = said
                .first()
                .map_or_else(|| record.change.name(), String::as_str);
            let text = format!("{first}; {}; {}", state(answer), signers(record));
            (record.id.to_string(), text)
        })
        .collect();
    let rows: Vec<(&str, String)> = rows
        .iter()
        .map(|(id, text)| (id.as_str(), text.clone()))
        .collect();
    output::result(form, &json!({ "changes": changes }), &rows)
}

/// With which keys it was proposed and approved: who looks for a thief looks for those.
fn signers(record: &ChangePublic) -> String {
    let proposer = record.proposer_key;
    let mut said = vec![format!("proposed with {proposer}")];
    let others = record.approvals.iter().map(|approval| approval.key);
    let others = others.filter(|key| *key != proposer);
    said.extend(others.map(|key| format!("approved with {key}")));
    said.join(", ")
}

fn is_open(answer: &ChangeAnswer) -> bool {
    answer.record.state == ChangeState::Open && answer.record.expires_at > answer.time
}

/// Where a change stands, in words.
pub(super) fn state(answer: &ChangeAnswer) -> String {
    match answer.record.state {
        ChangeState::Enacted { at } => format!("in force since {at}"),
        ChangeState::Withdrawn { at } => format!("withdrawn at {at}"),
        ChangeState::Open if answer.record.expires_at <= answer.time => {
            format!("expired at {}", answer.record.expires_at)
        }
        ChangeState::Open => match missing(answer) {
            Some(missing) => format!("open; missing: {missing}"),
            None => "open; nothing is missing: it can be enacted".to_owned(),
        },
    }
}
