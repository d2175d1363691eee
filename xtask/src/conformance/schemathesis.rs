//! The interfaces of running services beside their own descriptions, by schemathesis.
//!
//! It makes calls from a description, well-formed ones and others, and compares each answer with what the description
//! says of it. The services are those of `theriac demo`, with their real nodes.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::step;

const REQUIREMENTS: &str = "tests/schemathesis/requirements.txt";
const SERVICES: [&str; 5] = [
    "manufacturer",
    "distributor",
    "pharmacy",
    "regulator",
    "verifier",
];

/// Calls of one operation in the first round; a service with few operations gets more rounds.
const EXAMPLES: u32 = 10;
const ROUNDS_MAX: u32 = 12;

/// What is not checked, and why:
/// - `positive_data_acceptance`: what has the right shape may still be refused, by the ledger or because nothing of
///   that name is on record;
/// - `negative_data_rejection`: where an object is described, a list of its fields in their order is taken too, which
///   is how JSON is read here; more is taken than is described, and all of it is checked;
/// - `ignored_auth`: the tool sends an invalid session beside the valid key, and the key is enough; who may call what
///   is checked by the matrix of refusals in the services' own tests;
/// - `object_level_authorization`: wants a second organisation's key; the same matrix has that.
const UNCHECKED: &str =
    "positive_data_acceptance,negative_data_rejection,ignored_auth,object_level_authorization";
/// Streams of server-sent events do not end, and the tool waits for the end of an answer.
const STREAMS: &str = "/events$";

/// A service of the demonstration.
struct Service {
    name: &'static str,
    address: String,
    key: String,
}

/// The running demonstration; it ends with this.
struct Demo {
    process: Child,
    services: Vec<Service>,
}

/// Makes at least so many calls of each service; fails when one answer is not as described.
pub(super) fn run(calls: u32) -> Result<()> {
    let program = install()?;
    // As the tests build it: of one package alone, what it stands on would be built once more.
    step::run(
        "build",
        &mut step::cargo(&["build", "--workspace", "--bins"]),
    )?;
    let folder = step::target().join("schemathesis-logs");
    fs::create_dir_all(&folder)?;
    let demo = Demo::start()?;
    for service in &demo.services {
        let mut made = 0;
        for round in 1..=ROUNDS_MAX {
            made += check(&program, service, round, &folder)?;
            if made >= calls {
                break;
            }
        }
        println!("    {}: {made} calls, all as described", service.name);
        ensure!(
            made >= calls,
            "{} calls of the {}, not {calls}",
            made,
            service.name
        );
    }
    Ok(())
}

/// The tool, in a Python environment in the target folder.
fn install() -> Result<PathBuf> {
    let folder = step::target().join("schemathesis");
    let program = folder.join("bin/schemathesis");
    if !is_installed(&program)? {
        step::python_environment(&folder)?;
        step::run(
            "schemathesis",
            Command::new(folder.join("bin/python")).args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--requirement",
                REQUIREMENTS,
            ]),
        )?;
    }
    Ok(program)
}

/// Whether the tool is there in the version that is asked for.
fn is_installed(program: &Path) -> Result<bool> {
    let wanted = fs::read_to_string(REQUIREMENTS).context(REQUIREMENTS)?;
    let (_, version) = wanted.trim().split_once("==").context(REQUIREMENTS)?;
    let said = Command::new(program).arg("--version").output();
    Ok(said.is_ok_and(|said| {
        String::from_utf8_lossy(&said.stdout)
            .trim()
            .ends_with(version)
    }))
}

/// One round: the round is the seed, and later ones make more calls. Gives how many there were.
fn check(program: &Path, service: &Service, round: u32, folder: &Path) -> Result<u32> {
    let examples = EXAMPLES.saturating_mul(round);
    println!(
        "==> {} (seed {round}, {examples} examples of each operation)",
        service.name
    );
    let output = Command::new(program)
        .arg("run")
        .arg(format!("openapi/{}.json", service.name))
        .args(["--url", &service.address, "--no-color"])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", service.key),
        ])
        .args(["--seed", &round.to_string()])
        .args(["--max-examples", &examples.to_string()])
        .args(["--checks", "all", "--exclude-checks", UNCHECKED])
        .args(["--exclude-path-regex", STREAMS])
        .args(["--continue-on-failure", "--request-timeout", "30"])
        .output()
        .context("starting schemathesis")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let log = folder.join(format!("{}-{round}.log", service.name));
    fs::write(&log, said.as_bytes())?;
    if !output.status.success() {
        print!("{said}");
        bail!(
            "the {} does not answer as it is described; see {}",
            service.name,
            log.display()
        );
    }
    count(&said).with_context(|| format!("{} does not say how many calls", log.display()))
}

/// How many calls the tool says that it made.
fn count(said: &str) -> Option<u32> {
    let mut lines = said.lines().skip_while(|line| *line != "Test cases:");
    lines.nth(1)?.split_whitespace().next()?.parse().ok()
}

impl Demo {
    fn start() -> Result<Self> {
        let mut process = Command::new(step::theriac("debug"))
            .arg("demo")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting theriac demo")?;
        let output = process.stdout.take().context("its output")?;
        let mut demo = Self {
            process,
            services: Vec::new(),
        };
        let mut lines = BufReader::new(output).lines();
        while demo.services.len() < SERVICES.len() {
            let line = lines.next().context("theriac demo ended early")??;
            demo.services.extend(service(&line));
        }
        // What it says later is read as well: nobody writes to a closed pipe.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(demo)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        // It stops its own programs when it is asked to end, not when it is killed.
        let id = self.process.id().to_string();
        let asked = Command::new("kill").arg(id).status();
        if !asked.is_ok_and(|status| status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// A line of the banner that names a service, its address and the key of its user.
fn service(line: &str) -> Option<Service> {
    let mut words = line.split_whitespace();
    let (name, address, key) = (words.next()?, words.next()?, words.next()?);
    let name = SERVICES.into_iter().find(|known| *known == name)?;
    (address.starts_with("http://") && key.starts_with("thk_")).then(|| Service {
        name,
        address: address.to_owned(),
        key: key.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_read_from_the_banner_and_nothing_else_is() {
        let found = service("pharmacy      http://127.0.0.1:4476  thk_qiyf").unwrap();
        assert_eq!((found.name, found.key.as_str()), ("pharmacy", "thk_qiyf"));
        assert!(service("theriac demo: ready after 5.1 s").is_none());
    }

    #[test]
    fn calls_are_counted_as_the_tool_says_them() {
        let said = "28 operations mostly rejected generated data\n\nTest cases:\n  4062 generated, 1 found 1 unique failure\n";
        assert_eq!(count(said), Some(4_062));
        assert_eq!(count("nothing"), None);
    }
}
