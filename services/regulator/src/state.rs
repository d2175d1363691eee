//! What the handlers share.

use std::collections::BTreeMap;

use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_partner::operation::storage_problem;
use theriac_records::Database;
use theriac_records::repository::chain::find_head;
use theriac_records::repository::members::{list_accounts, list_organisations};

use crate::body::PartyBody;

/// The read model, as provenance is read from it; clones share it.
#[derive(Clone, Debug)]
pub(crate) struct ReadModel {
    pub(crate) database: Database,
}

/// The last block in the read model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its height.
    pub(crate) height: u64,
    /// The year of its time: the centuries of two-digit years are read by it.
    pub(crate) year: u16,
}

impl ReadModel {
    /// How far the chain was read.
    pub(crate) async fn head(&self) -> Result<Head, Problem> {
        let head = find_head(&self.database)
            .await
            .map_err(|error| storage_problem(&error))?;
        let head = head.ok_or_else(|| {
            Problem::new(ProblemCode::NotReady, "nothing of the chain was read yet")
        })?;
        Ok(Head {
            height: head.height,
            year: head.time.year(),
        })
    }

    /// The names of all members: the genesis bounds them to a few thousand.
    pub(crate) async fn names(&self) -> Result<Names, Problem> {
        let organisations = list_organisations(&self.database)
            .await
            .map_err(|error| storage_problem(&error))?;
        let accounts = list_accounts(&self.database)
            .await
            .map_err(|error| storage_problem(&error))?;
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
