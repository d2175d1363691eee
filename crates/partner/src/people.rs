//! The people and machines that use a service: users with passwords and roles, their sessions, the
//! PIN with which a shared till changes hands, and stored API keys.
//!
//! - Passwords and PINs are kept as argon2id hashes, tokens of sessions and API keys as digests.
//! - A sign-in takes as long whether the user exists or not, and failed ones are limited by user and
//!   by network.
//! - Every request asks the database who calls: what is ended or revoked is so at once.

use std::net::IpAddr;
use std::sync::Arc;

use theriac_client::Generator;
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::users::{
    self, Role, UserChange, UserError, UserRecord, find_user,
};
use theriac_records::{Database, StorageError};
use tokio::sync::watch;

use crate::operation::storage_problem;

mod cookie;
mod cross_site;
mod hashing;
mod identify;
mod keys;
mod rules;
mod session;
mod settings;
mod standing;
mod throttle;

pub use cross_site::check_same_site;
pub use hashing::{HashError, Hashing};
pub use keys::{NewKey, StoredKey};
pub use rules::{check_name, check_password, check_pin};
pub use session::{Opened, SwitchError, user_of};
pub use settings::{SignInSettings, SignInSettingsError};
pub use standing::Standing;

use cookie::SessionCookie;
use throttle::Throttle;

/// Wrong PINs until the password is needed.
const PIN_FAILURES_MAX: u32 = 5;

/// What a service's people are kept with.
#[derive(Debug)]
pub struct PeopleSetup {
    /// Name of the service, part of its cookie's name.
    pub service: &'static str,
    /// The service's database.
    pub db: Database,
    /// The time.
    pub clock: SharedClock,
    /// Salts, tokens and keys.
    pub generator: Generator,
    /// Keys of the configuration.
    pub keys: ApiKeys,
    /// `[sign_in]`.
    pub settings: SignInSettings,
}

/// The people and machines of a service. Clones share them.
#[derive(Clone, Debug)]
pub struct People {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Database,
    clock: SharedClock,
    generator: Generator,
    keys: ApiKeys,
    settings: SignInSettings,
    cookie: SessionCookie,
    hashing: Hashing,
    throttle: Throttle,
    /// Counts what may have ended sessions or keys.
    ended: watch::Sender<u64>,
}

/// A person to be added.
#[derive(Debug)]
pub struct NewUser<'n> {
    /// The name to sign in with.
    pub name: &'n str,
    /// What the person may do.
    pub role: Role,
    /// The password.
    pub password: &'n str,
}

/// What an administrator changes of a person; what is absent stays.
#[derive(Debug, Default)]
pub struct Change<'c> {
    /// The role.
    pub role: Option<Role>,
    /// Whether the person is kept out.
    pub disabled: Option<bool>,
    /// A new password.
    pub password: Option<&'c str>,
    /// A new PIN.
    pub pin: Option<&'c str>,
}

impl People {
    /// The people of a service.
    ///
    /// # Errors
    ///
    /// [`SignInSettingsError`].
    pub fn new(setup: PeopleSetup) -> Result<Self, SignInSettingsError> {
        setup.settings.check()?;
        let hashing = Hashing::new(&setup.generator);
        Ok(Self {
            shared: Arc::new(Shared {
                cookie: SessionCookie::new(setup.service, setup.settings.secure_cookie),
                hashing,
                throttle: Throttle::new(),
                ended: watch::channel(0).0,
                db: setup.db,
                clock: setup.clock,
                generator: setup.generator,
                keys: setup.keys,
                settings: setup.settings,
            }),
        })
    }

    /// Adds a person.
    ///
    /// # Errors
    ///
    /// A problem that names each wrong field, or that the name is taken.
    pub async fn add_user(&self, new: NewUser<'_>) -> Result<UserRecord, Problem> {
        let mut wrong = rules::check_name(new.name);
        wrong.extend(rules::check_password(new.password, new.name));
        rules::refuse(wrong)?;
        let now = self.now();
        let record = UserRecord {
            name: new.name.to_owned(),
            role: new.role,
            password: self.hash(new.password).await?,
            pin: None,
            pin_failures: 0,
            disabled: false,
            created_at: now,
            updated_at: now,
        };
        users::insert_user(&self.shared.db, &record)
            .await
            .map_err(|error| user_problem(&error))?;
        Ok(record)
    }

    /// Changes a person. A new password, or keeping the person out, ends all of the person's sessions.
    ///
    /// # Errors
    ///
    /// A problem that names each wrong field, that there is no such user, or that nobody would be
    /// left to administer.
    pub async fn change_user(&self, name: &str, change: Change<'_>) -> Result<UserRecord, Problem> {
        let mut wrong = Vec::new();
        if let Some(password) = change.password {
            wrong.extend(rules::check_password(password, name));
        }
        if let Some(pin) = change.pin {
            wrong.extend(rules::check_pin(pin));
        }
        rules::refuse(wrong)?;
        if self.find(name).await?.is_none() {
            let name = name.to_owned();
            return Err(user_problem(&UserError::Unknown { name }));
        }
        let mut stored = UserChange {
            role: change.role,
            disabled: change.disabled,
            ..UserChange::default()
        };
        if let Some(password) = change.password {
            stored.password = Some(self.hash(password).await?);
        }
        if let Some(pin) = change.pin {
            stored.pin = Some(self.hash(pin).await?);
        }
        let changed = users::change_user(&self.shared.db, self.now(), name, &stored).await;
        self.ended();
        changed.map_err(|error| user_problem(&error))
    }

    /// Sets a new password for somebody who knows the present one. All sessions end.
    ///
    /// # Errors
    ///
    /// A problem: the present one is wrong, the new one is not good enough.
    pub async fn change_password(
        &self,
        name: &str,
        password: &str,
        new: &str,
        network: IpAddr,
    ) -> Result<UserRecord, Problem> {
        self.check_user(name, password, network).await?;
        let change = Change {
            password: Some(new),
            ..Change::default()
        };
        self.change_user(name, change).await
    }

    /// Sets a PIN for somebody who knows the password.
    ///
    /// # Errors
    ///
    /// A problem: the password is wrong, the PIN is not good enough.
    pub async fn set_pin(
        &self,
        name: &str,
        password: &str,
        pin: &str,
        network: IpAddr,
    ) -> Result<UserRecord, Problem> {
        self.check_user(name, password, network).await?;
        let change = Change {
            pin: Some(pin),
            ..Change::default()
        };
        self.change_user(name, change).await
    }

    /// People by name, after one name.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn list(&self, after: Option<&str>, limit: u64) -> Result<Vec<UserRecord>, Problem> {
        users::list_users(&self.shared.db, after, limit)
            .await
            .map_err(|error| storage_problem(&error))
    }

    /// One person.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn find(&self, name: &str) -> Result<Option<UserRecord>, Problem> {
        find_user(&self.shared.db, name)
            .await
            .map_err(|error| storage_problem(&error))
    }

    /// The person to whom name and password belong.
    async fn check_user(
        &self,
        name: &str,
        password: &str,
        network: IpAddr,
    ) -> Result<UserRecord, Problem> {
        let now_ms = self.now().0;
        let turn = self.shared.throttle.begin(name, network, now_ms)?;
        let found = self.find(name).await?.filter(|user| !user.disabled);
        let stored = found.as_ref().map(|user| user.password.clone());
        let is_right = self.verify(stored, password).await?;
        match found {
            Some(user) if is_right => {
                turn.give_back();
                Ok(user)
            }
            _ => Err(not_known()),
        }
    }

    /// Whether a secret belongs to a stored hash; without one it takes as long, and never does.
    async fn verify(&self, stored: Option<String>, secret: &str) -> Result<bool, Problem> {
        let verified = self.shared.hashing.verify(stored, secret.to_owned()).await;
        verified.map_err(|error| hash_problem(&error))
    }

    async fn hash(&self, secret: &str) -> Result<String, Problem> {
        let salt = self.shared.generator.bytes();
        let hashed = self.shared.hashing.hash(secret.to_owned(), salt).await;
        hashed.map_err(|error| hash_problem(&error))
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.shared.clock.now_ms())
    }
}

/// The same whether the name, the password or both are wrong.
fn not_known() -> Problem {
    Problem::new(
        ProblemCode::SignInRefused,
        "no user has this name and this password",
    )
}

/// Scopes of a role.
pub fn scopes_of(role: Role) -> &'static [&'static str] {
    let count = match role {
        Role::Viewer => 1,
        Role::Operator => 2,
        Role::Approver => 3,
        Role::Administrator => 4,
    };
    &theriac_http::call::SCOPES[..count]
}

fn hash_problem(error: &HashError) -> Problem {
    match error {
        HashError::Busy => Problem::new(
            ProblemCode::Busy,
            "too many passwords are being checked at this moment",
        )
        .with_retry_after_s(2),
        HashError::Failed(_) => Problem::internal(error),
    }
}

/// A refused user as a problem.
pub(crate) fn user_problem(error: &UserError) -> Problem {
    match error {
        UserError::Exists { .. } => Problem::new(ProblemCode::Conflict, error.to_string())
            .with_hint("choose another name; names of users are never given again"),
        UserError::Unknown { .. } => Problem::new(ProblemCode::NotFound, error.to_string())
            .with_hint("list the users to see their names"),
        UserError::LastAdministrator { .. } => {
            Problem::new(ProblemCode::Conflict, error.to_string())
                .with_hint("make somebody else an administrator first")
        }
        UserError::Storage(storage) => storage_problem(storage),
    }
}

impl People {
    fn storage<T>(found: Result<T, StorageError>) -> Result<T, Problem> {
        found.map_err(|error| storage_problem(&error))
    }
}
