//! What the handlers share.

use std::collections::BTreeMap;

use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::{AccountId, OrganisationId, Timestamp};
use theriac_records::repository::members::{list_accounts, list_organisations};
use theriac_records::{Database, StorageError};

use crate::body::PartyBody;

/// Where the read model stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Height of the last block in it.
    pub height: u64,
    /// Time of that block.
    pub time: Timestamp,
    /// Blocks that the followed node has and the read model not yet.
    pub lag: u64,
    /// Whether a node answers.
    pub is_connected: bool,
}

/// Says where the read model stands.
pub trait Follows: std::fmt::Debug + Send + Sync {
    /// Where it stands now.
    fn standing(&self) -> Standing;
}

/// What the handlers share; clones share one state.
#[derive(Clone, Debug)]
pub(crate) struct AppState {
    pub(crate) database: Database,
    pub(crate) follows: std::sync::Arc<dyn Follows>,
    pub(crate) account: AccountId,
    pub(crate) node: String,
}

impl AppState {
    /// The year of the last block: the centuries of two-digit years are read by it.
    pub(crate) fn year(&self) -> u16 {
        let text = self.follows.standing().time.to_string();
        let year = text.split('-').next().and_then(|year| year.parse().ok());
        year.unwrap_or(u16::MAX)
    }

    /// The names of all members: the genesis bounds them to a few thousand.
    pub(crate) async fn names(&self) -> Result<Names, Problem> {
        let organisations = list_organisations(&self.database).await.map_err(problem)?;
        let accounts = list_accounts(&self.database).await.map_err(problem)?;
        let organisations = organisations
            .into_iter()
            .map(|organisation| (organisation.id, organisation.legal_name))
            .collect();
        Ok(Names {
            organisations,
            accounts: accounts
                .into_iter()
                .map(|account| (account.id, (account.organisation, account.name)))
                .collect(),
        })
    }
}

/// Names of members.
#[derive(Debug)]
pub(crate) struct Names {
    organisations: BTreeMap<OrganisationId, String>,
    accounts: BTreeMap<AccountId, (OrganisationId, String)>,
}

impl Names {
    /// An account in words.
    pub(crate) fn party(&self, id: &AccountId) -> PartyBody {
        let (organisation, name) = self
            .accounts
            .get(id)
            .map(|(organisation, name)| (self.organisation(organisation), name.clone()))
            .unwrap_or_default();
        PartyBody {
            account: id.to_string(),
            organisation,
            name,
        }
    }

    /// An organisation's legal name.
    pub(crate) fn organisation(&self, id: &OrganisationId) -> String {
        self.organisations.get(id).cloned().unwrap_or_default()
    }
}

/// A database error as the caller sees it.
#[expect(
    clippy::needless_pass_by_value,
    reason = "it is used as a function in map_err"
)]
pub(crate) fn problem(error: StorageError) -> Problem {
    if let StorageError::TooMany { .. } = error {
        return Problem::new(ProblemCode::InvalidInput, error.to_string())
            .with_hint("ask for something smaller, such as one unit inside it");
    }
    let code = if error.is_temporary() {
        ProblemCode::StorageUnavailable
    } else {
        ProblemCode::Internal
    };
    let hint = error.hint();
    Problem::hidden(code, &error).with_hint(hint)
}
