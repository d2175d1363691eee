//! What `deploy` holds is what programs and systemd take.
#![expect(clippy::panic, reason = "a test that finds something else fails")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use theriac_testkit::program;

/// How much of the system a unit may reach, in tenths, by the count of systemd-analyze (0 to 100).
const EXPOSURE_MAX: &str = "20";

fn deploy() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy")
}

/// The units in a folder, with the built program in the place of the installed one.
fn units(folder: &Path) -> Vec<PathBuf> {
    let program = program::theriac();
    let mut units = Vec::new();
    for entry in std::fs::read_dir(deploy().join("systemd")).expect("deploy/systemd") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.expect("a UTF-8 name");
        if !name.ends_with(".service") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a unit");
        assert!(
            text.contains("\nExecStart=/usr/local/bin/theriac "),
            "{name}"
        );
        let text = text.replace("/usr/local/bin/theriac", &program.to_string_lossy());
        std::fs::write(folder.join(name), &text).expect("a file in a new folder");
        if name != "theriac@.service" {
            units.push(folder.join(name));
            continue;
        }
        for service in [
            "manufacturer",
            "distributor",
            "pharmacy",
            "regulator",
            "verifier",
        ] {
            let unit = folder.join(format!("theriac@{service}.service"));
            std::fs::write(&unit, &text).expect("a file in a new folder");
            units.push(unit);
        }
    }
    units
}

#[test]
fn systemd_takes_every_unit_and_finds_little_that_it_could_reach() {
    let folder = tempfile::tempdir().expect("a folder");
    let units = units(folder.path());
    assert_eq!(units.len(), 8);
    for unit in units {
        for arguments in [
            &["verify", "--man=no"][..],
            &["security", "--offline=true", "--threshold", EXPOSURE_MAX],
        ] {
            let output = Command::new("systemd-analyze")
                .args(arguments)
                .arg(&unit)
                .output()
                .expect("systemd-analyze starts: install Debian's package systemd");
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{}: {said}", unit.display());
            // A key that it does not know is only mentioned.
            assert_eq!(said, "", "{}", unit.display());
        }
    }
}

#[test]
fn each_configuration_that_the_compose_file_mounts_is_taken_with_its_environment() {
    let folder = deploy().join("compose");
    let names = names(&folder.join("env.sample"));
    let text = std::fs::read_to_string(folder.join("compose.yaml")).expect("the compose file");
    let text = filled(&text, &names);
    let compose: Value = serde_saphyr::from_str(&text).expect("the compose file is YAML");
    let services = compose["services"].as_object().expect("services");
    let mut nodes = 0;
    for (name, service) in services {
        let Container {
            sample,
            program,
            port,
        } = container(&folder, name, service);
        let printed = print_config(&program, &sample, service);
        let listen = format!(":{port}\"");
        let listens = printed.lines().find(|line| line.starts_with("listen = "));
        let listens = listens.expect("it listens");
        assert!(listens.ends_with(&listen), "{name}: {listens}, not {port}");
        if program == "node" {
            nodes += 1;
            assert_eq!(printed.matches("[[peers]]").count(), 3, "{name}");
            let address = &service["networks"]["consortium"]["ipv4_address"];
            let address = address.as_str().expect("an address");
            assert!(
                listens.contains(address),
                "{name}: {listens}, not {address}"
            );
        }
        for volume in strings(&service["volumes"]) {
            let from = volume.split(':').next().expect("a source");
            let is_named = !from.starts_with('.') && !compose["volumes"][from].is_null();
            let is_listed = compose["volumes"].get(from).is_some();
            assert!(
                from.starts_with('.') || is_named || is_listed,
                "{name}: {from}"
            );
        }
        assert_eq!(service["image"], "theriac:local", "{name}");
    }
    assert_eq!((nodes, services.len()), (4, 9));
}

/// What a container runs, with which sample, and the port at which it is asked whether it is well.
struct Container {
    sample: PathBuf,
    program: String,
    port: String,
}

fn container(folder: &Path, name: &str, service: &Value) -> Container {
    let command = strings(&service["command"]);
    let [program, option, config] = &command[..] else {
        panic!("{name}: {command:?}");
    };
    assert_eq!(option, "--config");
    let volumes = strings(&service["volumes"]);
    let mount = volumes.iter().find_map(|volume| {
        let (from, to) = volume.strip_suffix(":ro")?.split_once(':')?;
        (to == config).then(|| folder.join(from))
    });
    let sample = mount.unwrap_or_else(|| panic!("{name}: nothing is mounted at {config}"));
    assert!(sample.is_file(), "{name}: there is no {}", sample.display());
    let check = strings(&service["healthcheck"]["test"]);
    let address = check.last().expect("an address");
    let port = address
        .strip_suffix("/readyz")
        .and_then(|address| address.rsplit(':').next())
        .unwrap_or_else(|| panic!("{name}: {address}"));
    if !service["ports"].is_null() {
        let published = format!("127.0.0.1:{port}:{port}");
        assert_eq!(strings(&service["ports"]), [published], "{name}");
    }
    Container {
        sample,
        program: program.clone(),
        port: port.to_owned(),
    }
}

/// The configuration in force, as the program prints it.
fn print_config(program: &str, sample: &Path, service: &Value) -> String {
    let environment = service["environment"].as_object().expect("variables");
    let prefix = format!("THERIAC_{}__", program.to_uppercase());
    let variables = environment.iter().map(|(key, value)| {
        assert!(key.starts_with(&prefix), "{key}");
        (key, value.as_str().expect("a text"))
    });
    let output = Command::new(program::theriac())
        .args([program, "--print-config", "--config"])
        .arg(sample)
        .envs(variables)
        .output()
        .expect("the built program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program}: {said}");
    String::from_utf8(output.stdout).expect("text")
}

fn names(file: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(file).expect("env.sample");
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.map(|line| line.split_once('=').expect("NAME=value"));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// The compose file with its names filled in; every name is in the sample, and used.
fn filled(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut filled = text.to_owned();
    for (name, value) in names {
        let wanted = format!("${{{name}}}");
        assert!(filled.contains(&wanted), "{name} is not used");
        filled = filled.replace(&wanted, value);
    }
    assert!(!filled.contains("${"), "a name is missing in env.sample");
    filled
}

fn strings(value: &Value) -> Vec<String> {
    let list = value.as_array().expect("a list").iter();
    list.map(|one| one.as_str().expect("a text").to_owned())
        .collect()
}
