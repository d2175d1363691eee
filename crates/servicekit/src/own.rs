//! A user, a key, a webhook and a draft of the service: who may not change them must leave them as they are.

use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;
use theriac_partner::draft::DraftedRequest;
use theriac_partner::operation::recall::RecallBody;
use theriac_partner::people::{NewUser, People};
use theriac_records::Database;
use theriac_records::repository::api_keys::{ApiKeyRecord, insert_key};
use theriac_records::repository::drafts::{NewDraft, store_draft};
use theriac_records::repository::news::NewsKind;
use theriac_records::repository::users::Role;
use theriac_records::repository::webhooks::{WebhookRecord, insert_webhook};

use crate::desk::PASSWORD;
use crate::foreign::Foreign;

/// What there is, by name or id.
#[derive(Clone, Copy, Debug)]
pub struct Own {
    /// A user as whom nobody signs in.
    pub user: &'static str,
    /// A stored key that nobody uses.
    pub api_key: &'static str,
    /// A webhook that is told of ended jobs.
    pub webhook: &'static str,
    /// A draft that waits for a second person.
    pub draft: &'static str,
}

/// The names that they have.
pub const OWN: Own = Own {
    user: "bystander",
    api_key: "10000000-0000-4000-8000-000000000001",
    webhook: "10000000-0000-4000-8000-000000000002",
    draft: "10000000-0000-4000-8000-000000000003",
};

/// Stores them.
pub(crate) async fn fill(db: &Database, people: &People, foreign: &Foreign) -> Own {
    let now = Timestamp(1_790_000_000_000);
    let new = NewUser {
        name: OWN.user,
        role: Role::Viewer,
        password: PASSWORD,
    };
    people.add_user(new).await.unwrap();
    let key = ApiKeyRecord {
        id: OWN.api_key.to_owned(),
        name: "scanner".to_owned(),
        hash: Digest([7; 32]),
        scopes: vec!["read".to_owned()],
        created_by: format!("user:{}", OWN.user),
        persons: Vec::new(),
        created_at: now,
        revoked_at: None,
        last_used_at: None,
    };
    insert_key(db, &key).await.unwrap();
    let webhook = WebhookRecord {
        id: OWN.webhook.to_owned(),
        url: "https://receiver.example/hook".to_owned(),
        kinds: vec![NewsKind::JobEnded],
        seed: [7; 32],
        created_by: format!("user:{}", OWN.user),
        created_at: now,
    };
    insert_webhook(db, &webhook).await.unwrap();
    let recall = DraftedRequest::Recall(RecallBody {
        gtin: foreign.gtin.to_string(),
        lot: foreign.lot.clone(),
        class: 2,
        notice: "Return it.".to_owned(),
    });
    let draft = NewDraft {
        id: OWN.draft.to_owned(),
        key: "key".to_owned(),
        digest: Digest::ZERO,
        kind: "recalls".to_owned(),
        request: serde_json::to_string(&recall).unwrap(),
        content: None,
        words: vec!["recall a batch".to_owned()],
        author: format!("user:{}", OWN.user),
        persons: vec![format!("user:{}", OWN.user)],
    };
    store_draft(db, now, &draft).await.unwrap();
    OWN
}
