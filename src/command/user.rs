//! `theriac user`: the users of a service, by whoever has its configuration and its database.
//!
//! The service may run meanwhile: it asks its database about every request.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use theriac_client::Generator;
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::problem::Problem;
use theriac_ledger::identifier::Timestamp;
use theriac_partner::people::{Change, NewUser, People, PeopleSetup, SignInSettings};
use theriac_records::repository::audit::{AuditEntry, append};
use theriac_records::repository::users::{Role, UserRecord};
use theriac_records::{Database, DatabaseSettings};
use zeroize::Zeroizing;

use crate::arguments::OutputForm;
use crate::command::database::url;
use crate::command::service::runtime;
use crate::output;

/// The longest password file that is read.
const PASSWORD_BYTES_MAX: u64 = 4_096;
/// Users that are listed at once.
const LISTED_MAX: u64 = 10_000;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a user, such as the first administrator.
    Create {
        #[command(flatten)]
        whose: Whose,
        /// The name to sign in with.
        #[arg(long)]
        name: String,
        /// What the user may do.
        #[arg(long, value_enum)]
        role: RoleChoice,
        /// File with the password, or `-` for standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// List the users.
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Give a user a new password; all sessions of the user end.
    SetPassword {
        #[command(flatten)]
        whose: Whose,
        /// The user's name.
        #[arg(long)]
        name: String,
        /// File with the password, or `-` for standard input.
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Keep a user out; all sessions of the user end.
    Disable {
        #[command(flatten)]
        whose: Whose,
        /// The user's name.
        #[arg(long)]
        name: String,
    },
    /// Let a user in again.
    Enable {
        #[command(flatten)]
        whose: Whose,
        /// The user's name.
        #[arg(long)]
        name: String,
    },
}

/// Of which service.
#[derive(Debug, Args)]
struct Whose {
    /// The service's configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
}

/// What a user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleChoice {
    /// Reads.
    Viewer,
    /// Reads and writes.
    Operator,
    /// Also approves what others drafted.
    Approver,
    /// Also administers users, keys and webhooks, and reads the audit trail.
    Administrator,
}

impl From<RoleChoice> for Role {
    fn from(choice: RoleChoice) -> Self {
        match choice {
            RoleChoice::Viewer => Self::Viewer,
            RoleChoice::Operator => Self::Operator,
            RoleChoice::Approver => Self::Approver,
            RoleChoice::Administrator => Self::Administrator,
        }
    }
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let runtime = runtime()?;
    match &options.command {
        Command::Create {
            whose,
            name,
            role,
            password_file,
        } => {
            let password = read_password(password_file)?;
            let new = NewUser {
                name,
                role: (*role).into(),
                password: &password,
            };
            runtime.block_on(async {
                let book = Book::open(&whose.config).await?;
                let user = book.people.add_user(new).await.map_err(|p| said(&p))?;
                book.close(&format!("add user {name}")).await?;
                show(form, &user, "the user can sign in now")
            })
        }
        Command::List { whose } => runtime.block_on(list(&whose.config, form)),
        Command::SetPassword {
            whose,
            name,
            password_file,
        } => {
            let password = read_password(password_file)?;
            let change = Change {
                password: Some(&password),
                ..Change::default()
            };
            let words = format!("set a new password for user {name}");
            runtime.block_on(update(&whose.config, name, change, &words, form))
        }
        Command::Disable { whose, name } => {
            let disabled = Some(true);
            let change = Change {
                disabled,
                ..Change::default()
            };
            let words = format!("keep user {name} out");
            runtime.block_on(update(&whose.config, name, change, &words, form))
        }
        Command::Enable { whose, name } => {
            let disabled = Some(false);
            let change = Change {
                disabled,
                ..Change::default()
            };
            let words = format!("let user {name} in");
            runtime.block_on(update(&whose.config, name, change, &words, form))
        }
    }?;
    Ok(ExitCode::SUCCESS)
}

/// The users of a service, and the trail that is told of what is done here.
struct Book {
    db: Database,
    people: People,
}

impl Book {
    async fn open(config: &Path) -> anyhow::Result<Self> {
        let db = Database::open(&DatabaseSettings::new(url(config)?)).await?;
        let people = People::new(PeopleSetup {
            service: "command",
            db: db.clone(),
            clock: SystemClock::shared(),
            generator: Generator::system(),
            keys: ApiKeys::default(),
            settings: SignInSettings::default(),
        })?;
        Ok(Self { db, people })
    }

    async fn close(self, words: &str) -> anyhow::Result<()> {
        let entry = AuditEntry {
            at: Timestamp(SystemClock.now_ms()),
            who: "command:user".to_owned(),
            address: "local".to_owned(),
            method: "COMMAND".to_owned(),
            route: "theriac user".to_owned(),
            meaning: words.to_owned(),
            intents: Vec::new(),
            request_id: String::new(),
            status: 200,
        };
        append(&self.db, &entry).await?;
        self.db.close().await?;
        Ok(())
    }
}

async fn update(
    config: &Path,
    name: &str,
    change: Change<'_>,
    words: &str,
    form: OutputForm,
) -> anyhow::Result<()> {
    let book = Book::open(config).await?;
    let changed = book.people.change_user(name, change).await;
    let user = changed.map_err(|problem| said(&problem))?;
    book.close(words).await?;
    show(form, &user, "it holds from the next request on")
}

async fn list(config: &Path, form: OutputForm) -> anyhow::Result<()> {
    let book = Book::open(config).await?;
    let listed = book.people.list(None, LISTED_MAX).await;
    let users = listed.map_err(|problem| said(&problem))?;
    book.db.close().await?;
    let rows: Vec<(&str, String)> = users
        .iter()
        .map(|user| {
            let out = if user.disabled { ", kept out" } else { "" };
            (user.name.as_str(), format!("{}{out}", word(user.role)))
        })
        .collect();
    let values: Vec<_> = users.iter().map(value).collect();
    output::result(form, &json!({ "users": values }), &rows)
}

fn show(form: OutputForm, user: &UserRecord, next: &str) -> anyhow::Result<()> {
    output::result(
        form,
        &value(user),
        &[
            ("user", user.name.clone()),
            ("role", word(user.role).to_owned()),
            ("next", next.to_owned()),
        ],
    )
}

fn value(user: &UserRecord) -> serde_json::Value {
    json!({ "name": user.name, "role": user.role, "disabled": user.disabled })
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Operator => "operator",
        Role::Approver => "approver",
        Role::Administrator => "administrator",
    }
}

/// The password in a file or on standard input, without the end of its line.
fn read_password(file: &Path) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let source: Box<dyn std::io::Read> = if file == Path::new("-") {
        Box::new(std::io::stdin())
    } else {
        Box::new(std::fs::File::open(file).with_context(|| format!("reading {}", file.display()))?)
    };
    source
        .take(PASSWORD_BYTES_MAX)
        .read_to_string(&mut text)
        .context("reading the password")?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        bail!("the password is empty: put it into the first line of the file");
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// A problem as the command line says it.
fn said(problem: &Problem) -> anyhow::Error {
    let body = problem.body(None);
    let faults = body.errors.iter();
    let faults: String = faults
        .flat_map(|error| ["; ", &error.at, ": ", &error.detail])
        .collect();
    let hint = body.hint.map(|hint| format!(" ({hint})"));
    anyhow::anyhow!("{}{faults}{}", body.detail, hint.unwrap_or_default())
}
