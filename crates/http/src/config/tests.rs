use super::*;
use serde::Deserialize;

#[derive(Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    name: String,
    server: Section,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
struct Section {
    port: u16,
    workers: usize,
    database_url: Secret,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: "unnamed".to_owned(),
            server: Section::default(),
        }
    }
}

impl Default for Section {
    fn default() -> Self {
        Self {
            port: 8080,
            workers: 2,
            database_url: Secret::new("sqlite::memory:"),
        }
    }
}

fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Settings, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("test.toml");
    fs::write(&file, text).unwrap();
    load_from(&Sources {
        file: Some(file),
        prefix: "THERIAC_TEST".to_owned(),
        environment: environment
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    })
}

#[test]
fn defaults_hold_where_nothing_is_said() {
    let settings: Settings = load_from(&Sources::default()).unwrap();
    assert_eq!(settings.name, "unnamed");
    assert_eq!(settings.server.port, 8080);
}

#[test]
fn environment_wins_over_file_over_defaults() {
    let settings = load_text(
        "name = \"file\"\n[server]\nport = 1\n",
        &[("THERIAC_TEST__SERVER__PORT", "2"), ("OTHER__NAME", "no")],
    )
    .unwrap();
    assert_eq!(settings.name, "file");
    assert_eq!(settings.server.port, 2);
    assert_eq!(settings.server.workers, 2);
}

#[test]
fn unknown_key_of_the_file_is_named() {
    let error = load_text("[server]\nprot = 1\n", &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("server.prot"), "{error}");
    assert!(error.contains("test.toml"), "{error}");
}

#[test]
fn unknown_variable_is_named() {
    let error = load_text("", &[("THERIAC_TEST__SERVER__PROT", "1")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("server.prot"), "{error}");
}

#[test]
fn wrong_value_names_key_and_variable() {
    let error = load_text("", &[("THERIAC_TEST__SERVER__PORT", "eighty")])
        .unwrap_err()
        .to_string();
    assert!(error.contains("server.port"), "{error}");
    assert!(error.contains("THERIAC_TEST__SERVER__PORT"), "{error}");
}

#[test]
fn missing_file_is_named() {
    let error = load::<Settings>("THERIAC_NONE", Some(Path::new("/nonexistent/x.toml")))
        .unwrap_err()
        .to_string();
    assert!(error.contains("/nonexistent/x.toml"), "{error}");
}

#[test]
fn broken_toml_is_refused() {
    assert!(load_text("[server", &[]).is_err());
}

#[test]
fn secrets_never_print() {
    let settings = load_text(
        "[server]\ndatabase_url = \"postgres://u:hunter2@h/d\"\n",
        &[],
    )
    .unwrap();
    assert_eq!(
        settings.server.database_url.expose(),
        "postgres://u:hunter2@h/d"
    );
    let printed = print_masked(&settings).unwrap();
    assert!(!printed.contains("hunter2"), "{printed}");
    assert!(printed.contains("********"), "{printed}");
    assert!(!format!("{settings:?}").contains("hunter2"));
}
