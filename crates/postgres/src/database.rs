//! A new database for each test.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use uuid::Uuid;

use crate::server::{PostgresError, Server, USER, program};

/// The variable with the folder of the socket of a server that runs already.
pub const VARIABLE: &str = "THERIAC_TEST_POSTGRES";

/// The server of this process, where no other is named. It ends when the process does.
static OWN: OnceLock<Result<Server, String>> = OnceLock::new();

/// Makes an empty database and gives its address.
///
/// # Errors
///
/// [`PostgresError`], with what the server said.
pub fn fresh_database() -> Result<String, PostgresError> {
    let socket = match named() {
        Some(folder) => folder,
        None => own()?,
    };
    create(&socket)
}

fn named() -> Option<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no configuration file"
    )]
    let found = std::env::var(VARIABLE);
    found.ok().map(PathBuf::from)
}

fn own() -> Result<PathBuf, PostgresError> {
    let started = OWN.get_or_init(|| Server::start().map_err(|error| error.to_string()));
    match started {
        Ok(server) => Ok(server.socket().to_owned()),
        Err(said) => Err(PostgresError::Failed { said: said.clone() }),
    }
}

fn create(socket: &Path) -> Result<String, PostgresError> {
    let name = format!("t{}", Uuid::new_v4().simple());
    let output = Command::new(program("createdb")?)
        .arg("--host")
        .arg(socket)
        .args(["--username", USER, "--template", "template0", &name])
        .output()?;
    if !output.status.success() {
        return Err(PostgresError::Failed {
            said: String::from_utf8_lossy(&output.stderr).into_owned(),
        });
    }
    let host = socket.display();
    Ok(format!("postgres://{USER}@localhost/{name}?host={host}"))
}
