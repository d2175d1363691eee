//! A service's database on a disk whose power is cut: what a service has accepted must still be there.
//!
//! A process of its own stores one intent after the other, as a service does before it answers, and says
//! the number of each when it is stored. Killing it would show nothing: what it wrote is in the kernel's
//! memory then. So the disk goes, and with it all that was not durable.
//!
//! The process stands still before that, as a machine without power does. It must: Linux (6.18) may answer
//! an `fdatasync` that is under way when ext4 is shut down as if it had succeeded, so that even a program
//! that only appends to a file and syncs it loses what it says then.

use std::convert::Infallible;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use nix::sys::signal::Signal;
use theriac_crypto::digest;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::intents::{NewIntent, find_intent, store_intents};
use theriac_records::{Database, DatabaseSettings};

use crate::dice::Dice;
use crate::disk::{self, Disk};
use crate::error::TortureError;
use crate::shell;

/// Time until the power is cut, in milliseconds: the first writes, and hundreds of them.
const CUT_AFTER_MS: (u32, u32) = (50, 1_200);

/// What the power cuts showed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Databases {
    /// Power cuts.
    pub cuts: u64,
    /// Intents that were said to be stored.
    pub accepted: u64,
    /// Of those, gone.
    pub lost: u64,
}

fn failed(error: impl std::fmt::Display) -> TortureError {
    TortureError::Database {
        reason: error.to_string(),
    }
}

fn settings(file: &Path) -> DatabaseSettings {
    DatabaseSettings::new(format!("sqlite://{}?mode=rwc", file.display()))
}

/// Stores intents from a number on and prints the number of each, until that fails.
///
/// # Errors
///
/// [`TortureError::Database`]; it never ends otherwise.
pub async fn write(file: &Path, first: u64) -> Result<Infallible, TortureError> {
    let db = Database::open(&settings(file)).await.map_err(failed)?;
    let now = Timestamp(SystemClock.now_ms());
    let mut number = first;
    loop {
        store_intents(&db, now, None, &[intent(number)])
            .await
            .map_err(failed)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{number}").map_err(TortureError::io("say what is stored"))?;
        out.flush()
            .map_err(TortureError::io("say what is stored"))?;
        number = number.saturating_add(1);
    }
}

/// Cuts the power of a database again and again, `program` being this one.
///
/// # Errors
///
/// [`TortureError`].
pub async fn torture(
    folder: &Path,
    program: &Path,
    seed: u64,
    rounds: u64,
) -> Result<Databases, TortureError> {
    let mut dice = Dice::new(seed);
    let mut disk = Disk::create(folder)?;
    let file = disk.place().join("service.db");
    let mut found = Databases::default();
    let mut next = 0;
    for _ in 0..rounds {
        let (least, most) = CUT_AFTER_MS;
        let mut writer = start(program, &file, next)?;
        tokio::time::sleep(dice.milliseconds(least, most)).await;
        // A call to the kernel that is under way ends, and is not returned from.
        shell::signal(&writer, Signal::SIGSTOP)?;
        disk::cut(&[&disk])?;
        let accepted = ended(&mut writer)?;
        disk.unmount()?;
        disk.mount()?;
        found.cuts += 1;
        found.accepted += accepted;
        let last = next.saturating_add(accepted);
        found.lost += missing(&file, next..last).await?;
        // One more may be stored, whose number was never said.
        next = last.saturating_add(1);
    }
    Ok(found)
}

fn start(program: &Path, file: &Path, first: u64) -> Result<Child, TortureError> {
    Command::new(program)
        .arg("--write-database")
        .arg(file)
        .args(["--first", &first.to_string()])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(TortureError::io("start a writer"))
}

/// Ends a writer whose disk is gone; how many intents it said are stored.
fn ended(writer: &mut Child) -> Result<u64, TortureError> {
    writer.kill().map_err(TortureError::io("end a writer"))?;
    writer.wait().map_err(TortureError::io("end a writer"))?;
    let said = writer.stdout.take();
    let lines = said.map_or(0, |said| {
        BufReader::new(said).lines().map_while(Result::ok).count()
    });
    u64::try_from(lines).map_err(failed)
}

/// How many of these intents are not in the database.
async fn missing(file: &Path, numbers: std::ops::Range<u64>) -> Result<u64, TortureError> {
    let db = Database::open(&settings(file)).await.map_err(failed)?;
    let mut missing = 0;
    for number in numbers {
        let found = find_intent(&db, &name(number)).await.map_err(failed)?;
        missing += u64::from(found.is_none());
    }
    db.close().await.map_err(failed)?;
    Ok(missing)
}

fn name(number: u64) -> String {
    format!("intent-{number}")
}

fn intent(number: u64) -> NewIntent {
    let anchor = AnchorDigest {
        kind: AnchorKind::Document,
        digest: digest("test", &number.to_le_bytes()),
    };
    NewIntent::new(name(number), ActionBody::AnchorDigest(anchor))
}
