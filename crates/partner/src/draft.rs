//! Requests that a second person approves, where the organisation asks for it.
//!
//! A draft is the request itself, checked and put into words when it is made, and planned anew when it is
//! approved: what lies between may have changed what it does. Whoever made it does not approve it, nor does
//! whoever opened the session or made the key that it was made with, or another key of theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_http::api_key::ApiUser;
use theriac_http::call::{APPROVE_SCOPE, WriteCall};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::captures::ErrorBehaviour;
use theriac_records::repository::drafts::{
    DraftRecord, DraftState, NewDraft, decide_draft, find_draft, find_draft_of_key, is_done,
    key_of_done, store_draft,
};
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::answer::{DraftAnswer, Reply};
use crate::capture::CaptureRequest;
use crate::operation::batch::{BatchBody, BatchQuery, commission, commission_file};
use crate::operation::recall::{RecallBody, recall};
use crate::operation::{Desk, Plan, storage_problem};
use crate::service::Service;

/// Bytes of a note.
const NOTE_BYTES_MAX: usize = 4_000;

/// What can be made to need a second person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DraftKind {
    /// Bringing packs into being.
    Batches,
    /// Documents of events.
    Captures,
    /// Recalls.
    Recalls,
}

/// `[approval]`: what needs a second person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ApprovalSettings {
    /// Requests of these kinds become drafts, which somebody else than their author approves.
    pub needed_for: BTreeSet<DraftKind>,
}

/// A request that may need a second person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum DraftedRequest {
    /// A batch with new serial numbers.
    Batch(BatchBody),
    /// A batch whose serial numbers are in a file, which is its content.
    BatchFile(BatchQuery),
    /// A recall.
    Recall(RecallBody),
    /// A document of events, which is its content.
    Capture(ErrorBehaviour),
}

impl DraftedRequest {
    /// Of which kind it is.
    pub fn kind(&self) -> DraftKind {
        match self {
            Self::Batch(_) | Self::BatchFile(_) => DraftKind::Batches,
            Self::Recall(_) => DraftKind::Recalls,
            Self::Capture(_) => DraftKind::Captures,
        }
    }

    /// What makes two requests at one address the same: the body alone, where it is JSON, else what
    /// stands beside it and the content.
    fn identity(&self, content: Option<&Bytes>) -> Result<Vec<u8>, Problem> {
        let mut identity = match self {
            Self::Batch(body) => serde_json::to_vec(body),
            Self::BatchFile(query) => serde_json::to_vec(query),
            Self::Recall(body) => serde_json::to_vec(body),
            Self::Capture(behaviour) => serde_json::to_vec(behaviour),
        }
        .map_err(|error| Problem::internal(&error))?;
        identity.extend_from_slice(content.map_or(&[], |content| content));
        Ok(identity)
    }

    /// What whoever approves it has to know.
    fn words(&self, plan: Plan) -> Vec<String> {
        let mut words: Vec<_> = plan
            .actions
            .into_iter()
            .map(|action| action.words)
            .collect();
        if let (Self::Recall(body), Some(first)) = (self, words.first_mut()) {
            *first = format!("{first}; its notice: {}", body.notice);
        }
        words
    }

    async fn plan(&self, service: &Service, content: Option<Bytes>) -> Result<Plan, Problem> {
        let desk: &Desk = service.desk();
        match self {
            Self::Batch(body) => commission(desk, body).await,
            Self::BatchFile(query) => {
                commission_file(desk, query, content.unwrap_or_default()).await
            }
            Self::Recall(body) => recall(desk, body).await,
            Self::Capture(behaviour) => {
                let document = document(content)?;
                service.captures().dry_run(document, *behaviour).await
            }
        }
    }
}

/// A captured document was read as text when it came.
fn document(content: Option<Bytes>) -> Result<String, Problem> {
    String::from_utf8(content.unwrap_or_default().into())
        .map_err(|_| Problem::new(ProblemCode::InvalidJson, "the document is not UTF-8"))
}

/// Drafts of one service. Clones share it.
#[derive(Clone, Debug)]
pub struct Drafts {
    settings: Arc<ApprovalSettings>,
    /// The right to decide: what is approved and what is declined cannot cross.
    deciding: Arc<Mutex<()>>,
}

impl Drafts {
    /// With what needs a second person.
    pub fn new(settings: ApprovalSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            deciding: Arc::new(Mutex::const_new(())),
        }
    }

    /// Whether requests of this kind need a second person.
    ///
    /// A document can bring packs into being, so that documents need one wherever batches do.
    pub fn is_needed(&self, kind: DraftKind) -> bool {
        let needed_for = &self.settings.needed_for;
        needed_for.contains(&kind)
            || (kind == DraftKind::Captures && needed_for.contains(&DraftKind::Batches))
    }

    /// Puts a request on the ledger, or keeps it for a second person, or says what it would do.
    ///
    /// # Errors
    ///
    /// A problem; nothing of the request is kept then, unless the ledger refused it.
    pub async fn write(
        &self,
        service: &Service,
        call: &WriteCall,
        request: &DraftedRequest,
        content: Option<Bytes>,
    ) -> Result<Reply, Problem> {
        let identity = request.identity(content.as_ref())?;
        if call.dry_run || !self.is_needed(request.kind()) {
            let plan = Box::pin(request.plan(service, content));
            return service.write(call, &identity, plan).await;
        }
        let digest = call.digest(&identity);
        // What was drafted before may be done meanwhile, and no longer be possible: it is not planned again.
        let before = find_draft_of_key(&service.desk().database, &call.key).await;
        if let Some(before) = before.map_err(|error| storage_problem(&error))? {
            return same(before, digest);
        }
        let plan = Box::pin(request.plan(service, content.clone())).await?;
        let new = NewDraft {
            id: service.new_id(),
            key: call.key.clone(),
            digest,
            kind: kind_word(request.kind()),
            request: serde_json::to_string(request).map_err(|error| Problem::internal(&error))?,
            content: content.map(Vec::from),
            words: request.words(plan),
            author: call.user.clone(),
            persons: call.persons.clone(),
        };
        let stored = store_draft(&service.desk().database, now(service), &new)
            .await
            .map_err(|error| storage_problem(&error))?;
        service.announce();
        same(stored, digest)
    }

    /// Does what a draft asks for. The same again gives the same answer.
    ///
    /// # Errors
    ///
    /// A problem when the caller is its author or stands behind it, it was declined, or it can no longer be done.
    pub async fn approve(
        &self,
        service: &Service,
        call: &WriteCall,
        id: &str,
        note: Option<&str>,
    ) -> Result<Reply, Problem> {
        check_note(note)?;
        let turn = self.deciding.lock().await;
        let record = find(service, id).await?;
        check_other_person(&record.draft, call)?;
        if record.state == DraftState::Declined {
            let by = record.decided_by.unwrap_or_default();
            let detail = format!("the draft was declined by {by}");
            return Err(Problem::new(ProblemCode::Conflict, detail));
        }
        let request: DraftedRequest = serde_json::from_str(&record.draft.request)
            .map_err(|error| Problem::internal(&error))?;
        let content = record.draft.content.map(Bytes::from);
        let key = key_of_done(id);
        if call.dry_run {
            let plan = Box::pin(request.plan(service, content)).await?;
            return match request {
                // Its steps build on each other, as those of the document's own dry run.
                DraftedRequest::Capture(_) => Ok(crate::answer::dry_run(plan)),
                _ => service.dry_run(plan).await,
            };
        }
        // What is done stands under the draft's own key: a second approval does nothing again.
        let reply = if let DraftedRequest::Capture(behaviour) = request {
            let capture = CaptureRequest {
                caller: record.draft.author,
                key: Some(key),
                document: document(content)?,
                behaviour,
            };
            let accepted = service.captures().accept(capture).await?;
            Reply::Captured(crate::answer::CapturedAnswer {
                location: format!("/epcis/capture/{}", accepted.id),
                capture: accepted.id,
            })
        } else {
            let as_draft = WriteCall {
                key,
                ..call.clone()
            };
            let plan = Box::pin(request.plan(service, content));
            service
                .write(&as_draft, record.draft.digest.as_bytes(), plan)
                .await?
        };
        decide(service, id, DraftState::Approved, &call.user, note).await?;
        drop(turn);
        Ok(reply)
    }

    /// Declines a draft, or takes back one's own.
    ///
    /// # Errors
    ///
    /// A problem when it was decided before, or the caller may not.
    pub async fn decline(
        &self,
        service: &Service,
        (call, user): (&WriteCall, &ApiUser),
        id: &str,
        note: Option<&str>,
    ) -> Result<DraftAnswer, Problem> {
        check_note(note)?;
        let _turn = self.deciding.lock().await;
        let record = find(service, id).await?;
        if record.draft.author != user.name {
            user.check_scope(APPROVE_SCOPE)?;
        }
        if call.dry_run {
            return Ok(record.into());
        }
        let is_ours = !was_done(service, id).await?
            && decide(service, id, DraftState::Declined, &user.name, note).await?;
        let record = find(service, id).await?;
        if !is_ours && record.state != DraftState::Declined {
            let detail = "the draft was approved before";
            return Err(Problem::new(ProblemCode::Conflict, detail));
        }
        Ok(record.into())
    }
}

/// The draft of a request, where it is that request's.
fn same(stored: DraftRecord, digest: Digest) -> Result<Reply, Problem> {
    if stored.draft.digest != digest {
        let detail = "the idempotency key was used for another request";
        return Err(Problem::new(ProblemCode::IdempotencyKeyReused, detail));
    }
    Ok(Reply::Draft(Box::new(stored.into())))
}

/// Refuses whoever stands behind a draft, by name, session or key.
fn check_other_person(draft: &NewDraft, call: &WriteCall) -> Result<(), Problem> {
    let Some(same) = draft.persons.iter().find(|one| call.persons.contains(one)) else {
        return Ok(());
    };
    let detail = if draft.author == call.user {
        "a draft is approved by somebody else than its author".to_owned()
    } else {
        format!(
            "a draft is approved by somebody else: {same} stands behind its author and behind you"
        )
    };
    Err(Problem::new(ProblemCode::Forbidden, detail)
        .with_hint("ask a colleague with the role of an approver, in a session of their own"))
}

/// The word of a kind.
fn kind_word(kind: DraftKind) -> String {
    match kind {
        DraftKind::Batches => "batches",
        DraftKind::Captures => "captures",
        DraftKind::Recalls => "recalls",
    }
    .to_owned()
}

fn check_note(note: Option<&str>) -> Result<(), Problem> {
    if note.is_some_and(|note| note.len() > NOTE_BYTES_MAX) {
        let detail = format!("a note has at most {NOTE_BYTES_MAX} bytes");
        return Err(Problem::new(ProblemCode::InvalidInput, detail));
    }
    Ok(())
}

/// One draft.
///
/// # Errors
///
/// A problem `not_found` where there is none.
pub async fn find(service: &Service, id: &str) -> Result<DraftRecord, Problem> {
    find_draft(&service.desk().database, id)
        .await
        .map_err(|error| storage_problem(&error))?
        .ok_or_else(|| Problem::new(ProblemCode::NotFound, "no draft has this id"))
}

/// Whether the program ended between what a draft asks for and the word that it is approved.
async fn was_done(service: &Service, id: &str) -> Result<bool, Problem> {
    is_done(&service.desk().database, id)
        .await
        .map_err(|error| storage_problem(&error))
}

async fn decide(
    service: &Service,
    id: &str,
    state: DraftState,
    by: &str,
    note: Option<&str>,
) -> Result<bool, Problem> {
    let decided = decide_draft(&service.desk().database, now(service), id, state, by, note)
        .await
        .map_err(|error| storage_problem(&error))?;
    service.announce();
    Ok(decided)
}

fn now(service: &Service) -> Timestamp {
    Timestamp(service.desk().clock.now_ms())
}
