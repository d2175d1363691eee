//! A service: its genesis and key, its database, and its read model beside the ledger.

use std::path::PathBuf;

use theriac_client::{Generator, RecordName, RequestSigner, TrustedSets};
use theriac_http::clock::SystemClock;
use theriac_http::problem::chain;
use theriac_ledger::identifier::{AccountId, Height};
use theriac_ledger::record::{KeyRecord, Record as _};
use theriac_partner::comparison::{Comparison, ComparisonError, Ledger as _, compare};
use theriac_partner::config::Config;
use theriac_partner::settings::{AccountSettings, LedgerSettings};
use theriac_records::backup::database_file;
use theriac_records::repository::inspection;
use theriac_records::repository::{chain as chain_table, intents};
use theriac_records::{Database, DatabaseSettings, StorageError, rebuild};

use super::ledger::ProvedLedger;
use super::nodes::Known;
use super::{Findings, machine, nodes};

/// Blocks behind which a service does not serve.
const LAG_MAX: u64 = 100;
/// Differences that are named one by one.
const NAMED: usize = 5;

const REBUILD: &str = "stop the service and run theriac database rebuild --config …; keep a copy of the database, and report it";

pub(super) async fn look(
    config: &Config,
    runs: bool,
    samples: u64,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let settings = DatabaseSettings::new(config.database.url.expose());
    if let Some(folder) = folder(&settings) {
        machine::look_at_disk(&folder, findings);
    }
    let known = look_at_files(&config.ledger, &config.account, findings).await;
    let reached = match &known {
        Some(known) => nodes::look(known, findings).await?.best,
        None => None,
    };
    let highest = reached.as_ref().map(|(_, height)| *height);
    let Some(db) = look_at_database(&settings, runs, highest, findings).await else {
        return Ok(());
    };
    let (Some(known), Some((node, _))) = (known, reached) else {
        let next = "mend the lines above first";
        findings.unknown("comparison", "nothing to compare with", next);
        return Ok(());
    };
    let sets = TrustedSets::new(&known.anchor);
    let ledger = ProvedLedger { node, sets };
    if let Some(signer) = &known.signer {
        look_at_registration(&ledger, signer, config.account.id, findings).await;
    }
    look_at_sample(compare(&db, &ledger, samples).await, findings);
    db.close().await?;
    Ok(())
}

/// The folder of a SQLite database.
fn folder(settings: &DatabaseSettings) -> Option<PathBuf> {
    let file = database_file(&settings.url).ok()?;
    let folder = file.parent()?;
    Some(if folder.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    })
}

/// Genesis and key.
pub(super) async fn look_at_files(
    ledger: &LedgerSettings,
    account: &AccountSettings,
    findings: &mut Findings,
) -> Option<Known> {
    let ledger = match ledger.load() {
        Ok(ledger) => ledger,
        Err(error) => {
            findings.bad(
                "genesis",
                chain(&error),
                "mend the section [ledger], or get the files from another member",
            );
            return None;
        }
    };
    let id = ledger.anchor.chain_id();
    findings.good("genesis", format!("chain {id}"));
    let key = account.clone().open_key(id).await;
    let signer = match key {
        Ok(key) => {
            findings.good("key", format!("{} opens", key.public_key()));
            let clock = SystemClock::shared();
            Some(RequestSigner::new(key, id, clock, Generator::system()))
        }
        Err(error) => {
            findings.bad(
                "key",
                chain(&error),
                "files of keys and passphrases have mode 0600 and belong to who runs the service; a signer must run",
            );
            None
        }
    };
    Some(Known {
        anchor: ledger.anchor,
        urls: ledger.nodes,
        signer,
    })
}

async fn look_at_database(
    settings: &DatabaseSettings,
    runs: bool,
    highest: Option<Height>,
    findings: &mut Findings,
) -> Option<Database> {
    let check = "database";
    if database_file(&settings.url).is_ok_and(|file| !file.exists()) {
        findings.unknown(
            check,
            "it does not exist yet",
            "start the service: it makes it",
        );
        return None;
    }
    let (db, schema) = match Database::open_as_it_is(settings).await {
        Ok(opened) => opened,
        Err(error) => {
            findings.bad(check, chain(&error), error.hint());
            return None;
        }
    };
    if !schema.pending.is_empty() {
        let said = format!("it lacks {} migrations", schema.pending.len());
        findings.bad(check, said, "start the service: it migrates");
        return None;
    }
    if schema.later.is_empty() {
        findings.good(check, "it opens, its schema is this version's");
    } else {
        findings.good(
            check,
            "it opens, its schema is of a later version, with which this one works",
        );
    }
    if let Err(error) = look_at_tables(&db, runs, highest, findings).await {
        findings.bad(check, chain(&error), error.hint());
        return None;
    }
    Some(db)
}

async fn look_at_tables(
    db: &Database,
    runs: bool,
    highest: Option<Height>,
    findings: &mut Findings,
) -> Result<(), StorageError> {
    let head = chain_table::find_head(db).await?;
    let height = head.map_or(0, |head| head.height);
    if let Some(target) = rebuild::find_unfinished(db).await? {
        findings.bad(
            "rebuild",
            format!("it was cut off at block {height} of {}", target.height),
            "run theriac database rebuild again; or start the service, which goes on with it",
        );
    }
    let lag = highest.map(|highest| highest.saturating_sub(height));
    match lag {
        Some(lag) if lag > LAG_MAX && runs => findings.bad(
            "height",
            format!("the read model is at {height}, {lag} blocks behind"),
            "it catches up by itself; if it does not, its log says why",
        ),
        Some(lag) => findings.good(
            "height",
            format!("the read model is at {height}, {lag} behind"),
        ),
        None => findings.unknown(
            "height",
            format!("the read model is at {height}"),
            "no node says how many there are",
        ),
    }
    let counts = inspection::count(db).await?;
    let uncovered = inspection::count_uncovered_runs(db).await?;
    let miscounted = inspection::count_miscounted_lots(db).await?;
    let said = format!(
        "{} transactions, {} runs, {} packs",
        counts.transactions, counts.runs, counts.packs
    );
    if uncovered > 0 || miscounted > 0 || counts.indexed_packs != counts.packs {
        let wrong = format!(
            "{said}; {uncovered} runs are not covered by their spans, the stock of {miscounted} batches is miscounted, {} packs are found by their keys",
            counts.indexed_packs
        );
        findings.bad("tables", wrong, REBUILD);
    } else {
        findings.good("tables", format!("{said}, and they fit together"));
    }
    let open = intents::count_open(db).await?;
    findings.good("open intents", open.to_string());
    Ok(())
}

/// Whether the ledger knows the key, for the account of the configuration.
async fn look_at_registration(
    ledger: &ProvedLedger,
    signer: &RequestSigner,
    account: AccountId,
    findings: &mut Findings,
) {
    let check = "registration";
    let key = signer.public_key();
    let found = ledger.record(&RecordName::Key(key)).await;
    let stored = match found {
        Ok((stored, _)) => stored,
        Err(error) => {
            findings.unknown(
                check,
                format!("{error:#}"),
                "a node answers members only: the key may be unknown to it",
            );
            return;
        }
    };
    let record = stored.and_then(|stored| KeyRecord::load(&stored).ok());
    let Some(record) = record else {
        findings.bad(
            check,
            format!("the ledger does not know the key {key}"),
            "have it registered: theriac key register",
        );
        return;
    };
    if record.private.account != account {
        let other = record.private.account;
        findings.bad(
            check,
            format!("the key is registered for account {other}, not {account}"),
            "check account.id and the key of its section",
        );
    } else if record.public.retired_at.is_some() {
        findings.bad(
            check,
            "the key has ended",
            "make and register another one: docs/runbook.md",
        );
    } else {
        findings.good(check, format!("the key acts for account {account}"));
    }
}

fn look_at_sample(
    compared: Result<Comparison, ComparisonError<anyhow::Error>>,
    findings: &mut Findings,
) {
    let check = "comparison";
    let found = match compared {
        Ok(found) => found,
        Err(ComparisonError::Ledger(error)) => {
            findings.unknown(
                check,
                format!("the ledger is not read: {error:#}"),
                "mend the lines above, then run this again",
            );
            return;
        }
        Err(ComparisonError::Storage(error)) => {
            findings.bad(check, chain(&error), error.hint());
            return;
        }
        Err(ComparisonError::Decode(error)) => {
            let said = format!("a record of the ledger does not decode: {error}");
            findings.unknown(
                check,
                said,
                "this program may be older than the nodes: update it",
            );
            return;
        }
    };
    let (packs, records) = (found.packs, found.records);
    let said = format!("{packs} packs and {records} lots, units and shipments beside the ledger");
    for difference in found.differences.iter().take(NAMED) {
        let said = format!(
            "{}: the ledger says {}, the read model says {}",
            difference.what, difference.ledger, difference.read_model
        );
        findings.bad(check, said, REBUILD);
    }
    let count = found.differences.len();
    if count > NAMED {
        findings.bad(check, format!("{said}: {count} differ"), REBUILD);
    } else if found.unsettled > 0 {
        let said = format!(
            "{said}: {} are not the same, and the read model is behind",
            found.unsettled
        );
        findings.unknown(
            check,
            said,
            "start the service, let it catch up, run this again",
        );
    } else if count == 0 {
        findings.good(check, format!("{said}: the same"));
    }
}
