//! `theriac change show`.

use serde_json::json;
use theriac_ledger::identifier::ChangeId;

use super::list::state;
use super::member::Reader;
use super::words;
use crate::arguments::OutputForm;
use crate::output;

pub(super) async fn run(reader: &Reader, id: &ChangeId, form: OutputForm) -> anyhow::Result<()> {
    let record = reader.record(id).await?;
    let answer = reader.node().await?.change(id).await?;
    anyhow::ensure!(
        answer.record.change == record.change,
        "the node shows another change than it proves; ask another node"
    );
    let said = words::describe(&record.change);
    let mut rows = vec![
        ("change", id.to_string()),
        ("state", state(&answer)),
        (
            "proposed by",
            format!("{} with {}", record.proposer, record.proposer_key),
        ),
        ("proposed at", record.proposed_at.to_string()),
        ("expires at", record.expires_at.to_string()),
    ];
    rows.extend(said.iter().map(|line| ("", line.clone())));
    for approval in &record.approvals {
        rows.push((
            "approved by",
            format!(
                "{} with {} at {}",
                approval.organisation, approval.key, approval.at
            ),
        ));
    }
    output::result(form, &json!({ "change": answer, "words": said }), &rows)
}
