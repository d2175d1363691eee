//! One cluster in a folder of its own, and the shell that keeps it.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::statvfs::statvfs;
use nix::unistd::{Uid, User, chown};

/// The superuser of the cluster.
pub(crate) const USER: &str = "postgres";

/// Where Debian puts the programs, a folder for each version.
const DEBIAN: &str = "/usr/lib/postgresql";

/// A file system in memory.
const MEMORY: &str = "/dev/shm";

/// Room from which a cluster goes into memory: its databases have some ten megabytes each.
const MEMORY_MIN: u64 = 2 << 30;

/// Users as whom the server runs where the tests run as root: it refuses root.
const STAND_INS: [&str; 2] = [USER, "nobody"];

/// Makes the cluster `$2` with the programs in `$1`, says `ready`, and stops and deletes it once its standard
/// input ends. A signal for the whole group of the tests must not end it before.
const KEEPER: &str = r#"
trap '' HUP INT TERM
log="$2/log"
"$1/initdb" --pgdata="$2/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
  --no-sync --no-instructions --wal-segsize=1 >"$log" 2>&1 &&
"$1/pg_ctl" --pgdata="$2/data" --log="$log" --silent --wait --timeout=60 start \
  --options="-k '$2' -c listen_addresses= -c max_connections=400 -c min_wal_size=2MB -c max_wal_size=64MB" \
  >>"$log" 2>&1 || { cat "$log"; rm -rf "$2"; exit 1; }
echo ready
read -r line
"$1/pg_ctl" --pgdata="$2/data" --mode=immediate --silent --wait stop >>"$log" 2>&1
rm -rf "$2"
"#;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// PostgreSQL is not installed.
    #[error("there is no PostgreSQL in {DEBIAN}; install it with: sudo apt-get install postgresql")]
    Missing,
    /// Nobody may run the server.
    #[error("PostgreSQL refuses to run as root, and there is no user {}", STAND_INS.join(" or "))]
    NoUser,
    /// The system refused something.
    #[error("the PostgreSQL server cannot be started")]
    System(#[from] io::Error),
    /// A program of PostgreSQL failed.
    #[error("PostgreSQL says: {said}")]
    Failed {
        /// Its words.
        said: String,
    },
}

impl From<nix::Error> for PostgresError {
    fn from(error: nix::Error) -> Self {
        Self::System(error.into())
    }
}

/// A server that runs. Dropped, it has ended and its folder is gone; so it is, soon after, when this process
/// ends in any other way.
#[derive(Debug)]
pub struct Server {
    folder: PathBuf,
    keeper: Child,
}

impl Server {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    ///
    /// [`PostgresError`]; nothing is left behind.
    pub fn start() -> Result<Self, PostgresError> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("theriac-postgres-")
            .tempdir_in(home())?;
        let mut shell = Command::new("sh");
        shell
            .args(["-c", KEEPER, "sh"])
            .args([&programs, folder.path()])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0);
        if Uid::effective().is_root() {
            let user = stand_in()?;
            chown(folder.path(), Some(user.uid), Some(user.gid))?;
            shell.uid(user.uid.as_raw()).gid(user.gid.as_raw());
        }
        let mut keeper = shell.spawn()?;
        // From here on it is the keeper who deletes.
        let folder = folder.keep();
        let mut said = String::new();
        if let Some(output) = &mut keeper.stdout {
            read_word(output, &mut said)?;
        }
        let server = Self { folder, keeper };
        if said == "ready\n" {
            return Ok(server);
        }
        Err(PostgresError::Failed { said })
    }

    /// The folder of its socket, which is how it is reached.
    pub fn socket(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // Nothing is left to do where it was ended by somebody else.
        let _ = self.keeper.wait();
    }
}

/// Reads `ready`, or all that is said instead.
fn read_word(output: &mut impl io::Read, said: &mut String) -> io::Result<()> {
    let mut word = [0; 6];
    let mut length = 0;
    while length < word.len() {
        match output.read(&mut word[length..])? {
            0 => break,
            more => length += more,
        }
    }
    said.push_str(&String::from_utf8_lossy(&word[..length]));
    if said != "ready\n" {
        let mut rest = Vec::new();
        output.take(1 << 16).read_to_end(&mut rest)?;
        said.push_str(&String::from_utf8_lossy(&rest));
    }
    Ok(())
}

/// The folder in which the cluster's folder is made.
fn home() -> PathBuf {
    let has_room = statvfs(MEMORY)
        .is_ok_and(|found| found.blocks_available() * found.fragment_size() >= MEMORY_MIN);
    if has_room {
        PathBuf::from(MEMORY)
    } else {
        std::env::temp_dir()
    }
}

fn stand_in() -> Result<User, PostgresError> {
    for name in STAND_INS {
        if let Some(user) = User::from_name(name)? {
            return Ok(user);
        }
    }
    Err(PostgresError::NoUser)
}

/// The folder of the newest version's programs.
fn programs() -> Result<PathBuf, PostgresError> {
    let versions = fs::read_dir(DEBIAN).map_err(|_| PostgresError::Missing)?;
    let newest = versions
        .filter_map(Result::ok)
        .filter(|version| version.path().join("bin/initdb").is_file())
        .max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().ok());
    newest
        .map(|version| version.path().join("bin"))
        .ok_or(PostgresError::Missing)
}

pub(crate) fn program(name: &str) -> Result<PathBuf, PostgresError> {
    Ok(programs()?.join(name))
}
