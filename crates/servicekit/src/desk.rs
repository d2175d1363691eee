//! A service whose only node does not answer.

use std::fs;
use std::net::{SocketAddr, TcpListener};

use tempfile::TempDir;
use theriac_client::Generator;
use theriac_crypto::Digest;
use theriac_http::api_key::{self, ApiKeySettings, ApiKeys};
use theriac_http::clock::SystemClock;
use theriac_http::config::Secret;
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::rate_limit::RateLimitSettings;
use theriac_http::server::ServerSettings;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_partner::config::Config;
use theriac_partner::draft::ApprovalSettings;
use theriac_partner::people::{Change, NewUser, People, PeopleSetup, SignInSettings};
use theriac_partner::settings::{
    AccountSettings, DatabaseSettings, DigitalLinkSettings, LedgerSettings,
};
use theriac_partner::webhook::WebhookSettings;
use theriac_records::repository::users::Role;
use theriac_records::{Database, DatabaseSettings as RecordsSettings};

use crate::foreign::{self, Foreign};
use crate::own::{self, Own};

/// The password of every user.
pub const PASSWORD: &str = "correct horse battery";
/// The PIN of the administrator.
pub const PIN: &str = "2580";
/// Roles, by the names of the users that have them.
pub const ROLES: [(&str, Role); 4] = [
    ("viewer", Role::Viewer),
    ("operator", Role::Operator),
    ("approver", Role::Approver),
    ("administrator", Role::Administrator),
];

const PASSPHRASE: &[u8] = b"correct horse";

/// A service that can be started.
#[derive(Debug)]
pub struct Desk {
    /// Its configuration; the limits of rates are off.
    pub config: Config,
    /// A configured key with the scope `read` alone.
    pub reader_key: String,
    /// A configured key without scopes.
    pub blind_key: String,
    /// Address of its database.
    pub database: String,
    /// What belongs to others.
    pub foreign: Foreign,
    /// What belongs to the service.
    pub own: Own,
    _folder: TempDir,
}

/// Prepares a service that acts for `actor`.
pub async fn prepare(actor: Actor) -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let consortium = Consortium::new(1);
    let anchor = consortium.anchor(Digest::ZERO);
    fs::write(file("genesis.json"), serde_json::to_vec(&anchor).unwrap()).unwrap();
    let records = serde_json::to_vec(&consortium.records).unwrap();
    fs::write(file("members.json"), records).unwrap();
    write_private(&file("passphrase"), PASSPHRASE).unwrap();
    let signing = consortium.key(actor);
    write_signing_key(&file("key.pem"), &signing, PASSPHRASE, &mut system_random()).unwrap();
    let database = format!("sqlite://{}?mode=rwc", file("service.db").display());
    let db = Database::open(&RecordsSettings::new(&database))
        .await
        .unwrap();
    let foreign = foreign::fill(&db, &consortium, &anchor).await;
    let people = add_users(&db).await;
    let own = own::fill(&db, &people, &foreign).await;
    db.close().await.unwrap();
    let (reader_key, reader) = configured_key("reader", &["read"]);
    let (blind_key, blind) = configured_key("blind", &[]);
    let off = RateLimitSettings {
        anonymous_per_minute: 0,
        key_per_minute: 0,
        ..RateLimitSettings::default()
    };
    let config = Config {
        server: ServerSettings {
            rate_limit: off,
            workers: 1,
            shutdown_timeout_ms: 100,
            ..ServerSettings::default()
        },
        ledger: LedgerSettings {
            anchor: file("genesis.json"),
            records: file("members.json"),
            nodes: vec![format!("http://{}", closed_port())],
        },
        account: AccountSettings::with_key_file(
            consortium.account(actor),
            file("key.pem"),
            file("passphrase"),
        ),
        database: DatabaseSettings {
            url: Secret::new(database.clone()),
        },
        api_key: vec![reader, blind],
        sign_in: SignInSettings::default(),
        webhooks: WebhookSettings::default(),
        approval: ApprovalSettings::default(),
        partner: Vec::new(),
        log: LogSettings::default(),
        digital_link: DigitalLinkSettings::default(),
    };
    Desk {
        config,
        reader_key,
        blind_key,
        database,
        foreign,
        own,
        _folder: folder,
    }
}

/// One user of each role, named like it.
async fn add_users(db: &Database) -> People {
    let people = People::new(PeopleSetup {
        service: "test",
        db: db.clone(),
        clock: SystemClock::shared(),
        generator: Generator::system(),
        keys: ApiKeys::default(),
        settings: SignInSettings::default(),
    })
    .unwrap();
    for (name, role) in ROLES {
        let password = PASSWORD;
        let new = NewUser {
            name,
            role,
            password,
        };
        people.add_user(new).await.unwrap();
    }
    let change = Change {
        pin: Some(PIN),
        ..Change::default()
    };
    people.change_user("administrator", change).await.unwrap();
    people
}

fn configured_key(name: &str, scopes: &[&str]) -> (String, ApiKeySettings) {
    let (plain, hash) = api_key::generate(&mut system_random());
    let settings = ApiKeySettings {
        name: name.to_owned(),
        hash,
        scopes: scopes.iter().map(ToString::to_string).collect(),
    };
    (plain.to_string(), settings)
}

/// An address on which nobody listens: it was free a moment ago, and is bound to nothing.
fn closed_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap()
}
