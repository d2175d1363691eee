//! Requests that write: planned, stored, sent, and answered.

use serde::Serialize;
use theriac_http::call::WriteCall;
use theriac_http::problem::Problem;
use theriac_ledger::action::ActionBody;
use theriac_records::repository::exceptions::find_message;

use super::Service;
use crate::answer::{Reply, WriteAnswer, dry_run, named, reply};
use crate::operation::foresight::foresee;
use crate::operation::{Plan, storage_problem};
use crate::outbox::{Asked, IntentStatus};

/// Transactions of one request that are named in the log.
const LOGGED_MAX: usize = 16;

impl Service {
    /// Puts a request on the ledger, or says what it would put there. `content` is what makes two
    /// requests at the same address the same.
    ///
    /// The plan is made only when the request is new: what was done before may no longer be possible.
    ///
    /// # Errors
    ///
    /// A problem; nothing of the request is kept then, unless the ledger refused it.
    pub async fn write(
        &self,
        call: &WriteCall,
        content: &[u8],
        plan: impl Future<Output = Result<Plan, Problem>>,
    ) -> Result<Reply, Problem> {
        if call.dry_run {
            return self.dry_run(plan.await?).await;
        }
        let request = call.digest(content);
        let actions = Box::pin(async { Ok::<_, Problem>(plan.await?.actions) });
        let outbox = &self.outbox;
        let statuses = outbox
            .submit_seen(&call.key, request, actions, call.wait, Some(asked(call)))
            .await?;
        self.answer(call, &statuses).await
    }

    /// As [`Service::write`], for a request whose body is JSON and which comes many times at once: its plan is made
    /// beside others ([`crate::outbox::Outbox::submit_beside`]).
    ///
    /// # Errors
    ///
    /// As [`Service::write`].
    pub async fn write_beside<F>(
        &self,
        call: &WriteCall,
        body: &impl Serialize,
        plan: impl Fn() -> F,
    ) -> Result<Reply, Problem>
    where
        F: Future<Output = Result<Plan, Problem>>,
    {
        if call.dry_run {
            return self.dry_run(plan().await?).await;
        }
        let content = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
        let request = call.digest(&content);
        let actions = || Box::pin(async { Ok::<_, Problem>(plan().await?.actions) });
        let outbox = &self.outbox;
        let statuses = outbox
            .submit_beside(&call.key, request, actions, call.wait, Some(asked(call)))
            .await?;
        self.answer(call, &statuses).await
    }

    /// Says what a plan would put on the ledger, or why the ledger would refuse it.
    ///
    /// # Errors
    ///
    /// The refusal, as the ledger's.
    pub(crate) async fn dry_run(&self, plan: Plan) -> Result<Reply, Problem> {
        foresee(&self.desk, &plan).await?;
        Ok(dry_run(plan))
    }

    async fn answer(&self, call: &WriteCall, statuses: &[IntentStatus]) -> Result<Reply, Problem> {
        tracing::info!(
            user = call.user,
            path = call.path,
            intents = statuses.len(),
            transactions = transactions(statuses),
            "written"
        );
        // From what is stored: of two requests at once under one key only one was kept.
        let names = self.names(statuses).await?;
        reply(statuses, names)
    }

    /// As [`Service::write`], for a request whose body is JSON.
    ///
    /// # Errors
    ///
    /// As [`Service::write`].
    pub async fn write_json(
        &self,
        call: &WriteCall,
        body: &impl Serialize,
        plan: impl Future<Output = Result<Plan, Problem>>,
    ) -> Result<Reply, Problem> {
        let content = serde_json::to_vec(body).map_err(|error| Problem::internal(&error))?;
        self.write(call, &content, Box::pin(plan)).await
    }

    /// What the answer names besides its transactions.
    async fn names(&self, statuses: &[IntentStatus]) -> Result<WriteAnswer, Problem> {
        // An action of a later version is named by nothing.
        let bodies = statuses.iter().filter_map(|status| status.body.as_ref());
        let mut cases = Vec::new();
        for body in bodies.clone() {
            if let ActionBody::AnchorDigest(anchor) = body {
                let message = find_message(&self.desk.database, &anchor.digest)
                    .await
                    .map_err(|error| storage_problem(&error))?;
                cases.extend(message.map(|found| found.message.case.to_string()));
            }
        }
        let mut names = named(bodies);
        for case in cases {
            if !names.exceptions.contains(&case) {
                names.exceptions.push(case);
            }
        }
        Ok(names)
    }
}

fn asked(call: &WriteCall) -> Asked<'_> {
    Asked {
        origin: &call.origin,
        note: &call.note,
    }
}

/// The ids of transactions for the log: a handful says which request they came from, and intents have the rest.
fn transactions(statuses: &[IntentStatus]) -> String {
    let signed = statuses.iter().filter_map(|status| status.transaction);
    let ids: Vec<String> = signed
        .take(LOGGED_MAX)
        .map(|(id, _, _)| id.to_string())
        .collect();
    ids.join(" ")
}
