//! `theriac database audit`: whether the audit trail of a service is as it was written.

use std::process::ExitCode;

use serde_json::json;
use theriac_records::repository::audit::check_audit;
use theriac_records::{Database, DatabaseSettings};

use crate::arguments::OutputForm;
use crate::command::service::runtime;
use crate::output;

/// Checks the trail; the service may run meanwhile.
pub(super) fn check(url: &str, form: OutputForm) -> anyhow::Result<ExitCode> {
    let trail = runtime()?.block_on(async {
        let db = Database::open(&DatabaseSettings::new(url)).await?;
        let trail = check_audit(&db).await?;
        db.close().await?;
        anyhow::Ok(trail)
    })?;
    let broken = trail.broken.as_ref().map(ToString::to_string);
    let (verdict, next) = match &broken {
        None => (
            "whole".to_owned(),
            "keep rows and head elsewhere: a later check must come past this row with this digest",
        ),
        Some(broken) => (
            format!("broken: {broken}"),
            "ask who had access to the database, and compare with a backup",
        ),
    };
    output::result(
        form,
        &json!({ "rows": trail.rows, "head": trail.head, "broken": broken }),
        &[
            ("trail", verdict),
            ("rows that hold", trail.rows.to_string()),
            ("head", trail.head.to_string()),
            ("next", next.to_owned()),
        ],
    )?;
    Ok(if broken.is_none() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
