//! Sending, and taking back what was sent.

use serde::{Deserialize, Serialize};
use theriac_gs1::Gln;
use theriac_http::problem::Problem;
use theriac_ledger::action::{ActionBody, CancelShipment, Purpose, Ship};
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_records::repository::members::{AccountRecord, find_account, list_accounts};
use utoipa::ToSchema;

use super::resolve::resolve;
use super::saleable::check_units_and_packs;
use super::{Desk, Plan, Planned, storage_problem};
use crate::faults::Faults;
use crate::selection::{PacksBody, SelectionBody};

/// What to send to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentBody {
    /// The addressee: an account in hexadecimal, or the GLN of its premises.
    pub to: String,
    /// `supply`, `return` or `destruction`.
    #[schema(example = "supply")]
    pub purpose: String,
    /// What a scanner read from packs or units, in any GS1 form.
    #[serde(default)]
    pub codes: Vec<String>,
    /// Packs by run and position.
    #[serde(default)]
    pub packs: Vec<PacksBody>,
    /// Units by SSCC.
    #[serde(default)]
    pub units: Vec<String>,
}

/// Which shipment to take back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationBody {
    /// The shipment, in hexadecimal.
    pub shipment: String,
}

/// Plans to send packs and units to one addressee.
///
/// # Errors
///
/// A problem that lists everything wrong.
pub async fn ship(desk: &Desk, body: &ShipmentBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let purpose: Option<Purpose> = faults.word(
        "purpose",
        &body.purpose,
        &["supply", "return", "destruction"],
    );
    let to = find_addressee(desk, &mut faults, &body.to).await?;
    if to.as_ref().is_some_and(|to| to.id == desk.account) {
        let detail = "the addressee is the sender: medicine that stays is not shipped";
        faults.add("to", "own_account", detail);
    }
    let selection = SelectionBody {
        codes: body.codes.clone(),
        packs: body.packs.clone(),
        units: body.units.clone(),
    }
    .read_into(&mut faults, "", desk.year());
    let resolved = resolve(&desk.database, &selection, &mut faults).await?;
    let ((to, purpose), contents) = faults.finish(to.zip(purpose).zip(resolved))?;
    if purpose == Purpose::Supply {
        check_units_and_packs(desk, &contents).await?;
    }
    let words = format!(
        "ship {} to {} (GLN {}) for {}",
        contents.words(),
        to.name,
        to.gln,
        body.purpose
    );
    let action = ActionBody::Ship(Ship {
        to: to.id,
        purpose,
        packs: contents.packs,
        units: contents.units,
    });
    Ok(Plan::of(Planned::new(action, words)))
}

/// Plans to take an open shipment back.
///
/// # Errors
///
/// A problem when the id is malformed.
pub fn cancel(body: &CancellationBody) -> Result<Plan, Problem> {
    let mut faults = Faults::new();
    let shipment = faults.shipment("shipment", &body.shipment);
    let shipment: ShipmentId = faults.finish(shipment)?;
    let words = format!("take shipment {shipment} back");
    let action = ActionBody::CancelShipment(CancelShipment { shipment });
    Ok(Plan::of(Planned::new(action, words)))
}

pub(crate) async fn find_addressee(
    desk: &Desk,
    faults: &mut Faults,
    text: &str,
) -> Result<Option<AccountRecord>, Problem> {
    let storage = |error| storage_problem(&error);
    if let Ok(id) = text.parse::<AccountId>() {
        let found = find_account(&desk.database, &id).await.map_err(storage)?;
        if found.is_none() {
            faults.add("to", "account_unknown", "no member has this account");
        }
        return Ok(found);
    }
    let Ok(gln) = Gln::parse(text) else {
        let detail = match Gln::parse(text) {
            Err(error) if text.len() == 13 => error.to_string(),
            _ => "the addressee is an account of 64 hexadecimal digits, or a GLN of 13 digits"
                .to_owned(),
        };
        faults.add("to", "addressee_invalid", detail);
        return Ok(None);
    };
    let mut found: Vec<AccountRecord> = list_accounts(&desk.database)
        .await
        .map_err(storage)?
        .into_iter()
        .filter(|account| account.gln == gln)
        .collect();
    match found.len() {
        0 => faults.add(
            "to",
            "account_unknown",
            format!("no member has premises with GLN {gln}"),
        ),
        1 => return Ok(found.pop()),
        count => {
            let detail = format!("{count} accounts have GLN {gln}; name the account itself");
            faults.add("to", "addressee_ambiguous", detail);
        }
    }
    Ok(None)
}
