//! API keys that an administrator makes and revokes.

use theriac_http::api_key;
use theriac_http::call::SCOPES;
use theriac_http::identity::ApiUser;
use theriac_http::problem::{Problem, ProblemCode, RowError};
use theriac_records::repository::api_keys::{
    ApiKeyRecord, StoreKeyError, insert_key, list_keys, revoke_key,
};
use zeroize::Zeroizing;

use super::{People, rules};
use crate::operation::storage_problem;

/// A key to be made.
#[derive(Debug)]
pub struct NewKey<'n> {
    /// Who will use it.
    pub name: &'n str,
    /// What it may do.
    pub scopes: &'n [String],
    /// Who makes it.
    pub created_by: &'n ApiUser,
}

/// A key that was made: the text is shown once and never again.
#[derive(Debug)]
pub struct StoredKey {
    /// The key.
    pub plain: Zeroizing<String>,
    /// What is stored of it.
    pub record: ApiKeyRecord,
}

impl People {
    /// Makes and stores a key.
    ///
    /// # Errors
    ///
    /// A problem that names each wrong field, or that the name is or was taken.
    pub async fn add_key(&self, new: NewKey<'_>) -> Result<StoredKey, Problem> {
        let mut wrong = rules::check_name(new.name);
        if new.scopes.is_empty() {
            let detail = "a key without a scope may do nothing";
            wrong.push(RowError::new("scopes", "scopes_missing", detail));
        }
        for (index, scope) in new.scopes.iter().enumerate() {
            if !SCOPES.contains(&scope.as_str()) {
                let at = format!("scopes[{index}]");
                let detail = format!("{scope:?} is no scope; scopes are {}", SCOPES.join(", "));
                wrong.push(RowError::new(at, "scope_unknown", detail));
            }
        }
        rules::refuse(wrong)?;
        let bytes = Zeroizing::new(self.shared.generator.bytes::<32>());
        let (plain, hash) = api_key::from_bytes(&bytes);
        let mut scopes = new.scopes.to_vec();
        scopes.sort();
        scopes.dedup();
        let record = ApiKeyRecord {
            id: self.id(),
            name: new.name.to_owned(),
            hash,
            scopes,
            created_by: new.created_by.name.clone(),
            persons: new.created_by.persons().to_vec(),
            created_at: self.now(),
            revoked_at: None,
            last_used_at: None,
        };
        match insert_key(&self.shared.db, &record).await {
            Ok(()) => Ok(StoredKey { plain, record }),
            Err(StoreKeyError::Storage(error)) => Err(storage_problem(&error)),
            Err(error @ StoreKeyError::NameTaken { .. }) => Err(Problem::new(
                ProblemCode::Conflict,
                error.to_string(),
            )
            .with_hint(
                "choose another name: a name stands for one key in the audit trail for good",
            )),
        }
    }

    /// Revokes a key: the next request with it is refused. Gives its name.
    ///
    /// # Errors
    ///
    /// A problem where no key that is in force has the id.
    pub async fn revoke_key(&self, id: &str) -> Result<String, Problem> {
        let revoked = Self::storage(revoke_key(&self.shared.db, id, self.now()).await)?;
        self.ended();
        revoked.ok_or_else(|| {
            Problem::new(
                ProblemCode::NotFound,
                "no API key that is in force has this id",
            )
            .with_hint("keys of the configuration file are taken out of that file")
        })
    }

    /// Keys by name, after one name.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn list_keys(
        &self,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<ApiKeyRecord>, Problem> {
        Self::storage(list_keys(&self.shared.db, after, limit).await)
    }
}
