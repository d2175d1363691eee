//! Changes in words: what somebody signs.

use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, NewAccount, NewKey, Seat};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{KeyPurpose, Parameters, Roles};

/// A change in words, line by line.
pub(crate) fn describe(change: &Change) -> Vec<String> {
    match change {
        Change::AdmitOrganisation(new) => {
            let mut lines = vec![
                format!(
                    "admit {} as {} ({})",
                    new.legal_name.as_str(),
                    roles(&new.roles),
                    new.organisation
                ),
                format!(
                    "  licences: {}",
                    list(new.licences.iter().map(BoundedText::as_str))
                ),
                format!("  company prefixes: {}", list(new.gs1_prefixes.iter())),
            ];
            lines.extend(new.accounts.iter().map(|one| format!("  {}", account(one))));
            lines.extend(new.keys.iter().map(|one| format!("  {}", key(one))));
            lines
        }
        Change::SuspendOrganisation { organisation } => vec![format!(
            "suspend organisation {organisation}: it may only send back, unpack, lock, cancel, reject and decommission"
        )],
        Change::RestoreOrganisation { organisation } => {
            vec![format!("end the suspension of organisation {organisation}")]
        }
        Change::UpdateOrganisation(update) => vec![
            format!(
                "organisation {} becomes {}",
                update.organisation,
                roles(&update.roles)
            ),
            format!(
                "  licences: {}",
                list(update.licences.iter().map(BoundedText::as_str))
            ),
            format!(
                "  company prefixes that come to it: {}",
                list(update.added_prefixes.iter())
            ),
            format!("  services at: {}", update.service_address.as_str()),
        ],
        Change::OpenAccount(opening) => vec![
            format!("open an account of organisation {}", opening.organisation),
            format!("  {}", account(&opening.opened)),
        ],
        Change::CloseAccount { account } => vec![format!("close account {account}")],
        Change::ReopenAccount { account } => vec![format!("reopen account {account}")],
        Change::RegisterKey(new) => vec![format!("register {}", key(new))],
        Change::RotateKey(rotation) => vec![
            format!("end key {}", rotation.old),
            format!("  in its place: {}", key(&rotation.new)),
        ],
        Change::RetireKey { key } => vec![format!("end key {key}")],
        Change::RevokeKey(revocation) => vec![format!(
            "revoke key {}: what it signed since {} is disputed",
            revocation.key, revocation.compromised_since
        )],
        Change::AddValidator(new) => vec![
            format!("give key {} a vote of power {}", new.validator, new.power),
            format!("  run by account {}", new.account),
            format!("  {}", seat(&new.seat)),
        ],
        Change::RemoveValidator { validator } => vec![format!("take the vote of key {validator}")],
        Change::UpdateSeat(update) => vec![
            format!("validator {} is found elsewhere", update.validator),
            format!("  {}", seat(&update.seat)),
        ],
        Change::SetParameters { parameters } => parameter_lines(parameters),
        Change::SetProtocol { protocol } => vec![format!("move the chain to protocol {protocol}")],
    }
}

pub(crate) fn roles(roles: &Roles) -> String {
    list(roles.iter())
}

fn account(new: &NewAccount) -> String {
    format!(
        "account {}: {}, GLN {}, {}, as {}",
        new.account,
        new.name.as_str(),
        new.gln,
        new.country,
        roles(&new.roles)
    )
}

/// A key that is to be registered, in words.
pub(crate) fn registration(
    new: &PublicKey,
    account: &AccountId,
    purposes: &[KeyPurpose],
) -> String {
    format!("register {}", key_for(new, account, purposes))
}

fn key(new: &NewKey) -> String {
    key_for(&new.key, &new.account, &new.purposes)
}

fn key_for(key: &PublicKey, account: &AccountId, purposes: &[KeyPurpose]) -> String {
    let purposes = purposes.iter().map(|purpose| match purpose {
        KeyPurpose::Custody => "custody",
        KeyPurpose::Request => "requests",
        KeyPurpose::Vote => "votes",
        KeyPurpose::Recovery => "recovery",
    });
    format!("key {key} of account {account} for {}", list(purposes))
}

fn seat(seat: &Seat) -> String {
    format!(
        "found at {} and {}, network key {}",
        seat.peer_address.as_str(),
        seat.interface.as_str(),
        seat.network_key
    )
}

fn parameter_lines(parameters: &Parameters) -> Vec<String> {
    let mut lines = vec!["the parameters become:".to_owned()];
    // The names are those of the anchor, which members know.
    match serde_json::to_value(parameters) {
        Ok(serde_json::Value::Object(fields)) => {
            let line = |(name, value): (String, serde_json::Value)| format!("  {name}: {value}");
            lines.extend(fields.into_iter().map(line));
        }
        _ => lines.push(format!("  {parameters:?}")),
    }
    lines
}

fn list<T: std::fmt::Display>(items: impl Iterator<Item = T>) -> String {
    let items: Vec<String> = items.map(|item| item.to_string()).collect();
    if items.is_empty() {
        "none".to_owned()
    } else {
        items.join(", ")
    }
}
