//! Configuration: defaults, then a TOML file, then variables of the environment.
//!
//! A settings struct carries `#[serde(default, deny_unknown_fields)]` and its defaults in
//! `Default`; a file or a variable then overrides single keys. The variable of key `listen` in
//! section `server` with prefix `THERIAC_NODE` is `THERIAC_NODE__SERVER__LISTEN`.

mod secret;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use secret::Secret;

/// The largest configuration file that is read; ours are a few kilobytes.
pub const CONFIG_SIZE_BYTES_MAX: u64 = 1024 * 1024;

/// Why a configuration was refused. Every message names the file, variable or key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration file {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The file is larger than [`CONFIG_SIZE_BYTES_MAX`].
    #[error("the configuration file {} has {size_bytes} bytes, at most {CONFIG_SIZE_BYTES_MAX} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        size_bytes: u64,
    },
    /// A key is unknown, missing or has a wrong value.
    #[error("configuration key {key}: {reason} ({origin})")]
    Key {
        /// The key, dotted.
        key: String,
        /// What is wrong with it.
        reason: String,
        /// Where the value came from.
        origin: String,
    },
    /// The settings cannot be printed as TOML.
    #[error("the settings cannot be printed")]
    Unprintable(#[source] toml::ser::Error),
}

/// Where settings come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file, if any; it must exist.
    pub file: Option<PathBuf>,
    /// The prefix of the variables that count, without the separator: `THERIAC_NODE`.
    pub prefix: String,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
}

/// Loads settings from `file` and from this process's environment. Only `main` calls it.
///
/// # Errors
///
/// [`ConfigError`], naming the key.
pub fn load<T: DeserializeOwned>(prefix: &str, file: Option<&Path>) -> Result<T, ConfigError> {
    load_from(&Sources {
        file: file.map(Path::to_path_buf),
        prefix: prefix.to_owned(),
        environment: std::env::vars_os().collect(),
    })
}

/// Loads settings from the given sources.
///
/// # Errors
///
/// [`ConfigError`], naming the key.
pub fn load_from<T: DeserializeOwned>(sources: &Sources) -> Result<T, ConfigError> {
    let mut figment = Figment::new();
    if let Some(path) = &sources.file {
        figment = figment.merge(Toml::string(&read_bounded(path)?));
    }
    for (name, path, value) in variables(sources) {
        // Joined one by one, so that an error names the variable.
        let provider = Serialized::default(&path, value);
        figment = figment.merge(Named { name, provider });
    }
    figment
        .extract()
        .map_err(|error| key_error(&error, sources))
}

/// The settings as TOML, for `--print-config`: every [`Secret`] shows as stars.
///
/// # Errors
///
/// [`ConfigError::Unprintable`] when a value has no form in TOML.
pub fn print_masked<T: Serialize>(settings: &T) -> Result<String, ConfigError> {
    toml::to_string_pretty(settings).map_err(ConfigError::Unprintable)
}

struct Named {
    name: String,
    provider: Serialized<Value>,
}

impl figment::Provider for Named {
    fn metadata(&self) -> figment::Metadata {
        figment::Metadata::named(format!("environment variable {}", self.name))
    }

    fn data(&self) -> Result<figment::value::Map<figment::Profile, Dict>, figment::Error> {
        self.provider.data()
    }
}

fn read_bounded(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable {
        path: path.to_path_buf(),
        source,
    };
    let size_bytes = fs::metadata(path).map_err(unreadable)?.len();
    if size_bytes > CONFIG_SIZE_BYTES_MAX {
        return Err(ConfigError::TooLarge {
            path: path.to_path_buf(),
            size_bytes,
        });
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// The variables that count: name, dotted lower-case key, and value read as TOML-like text.
fn variables(sources: &Sources) -> Vec<(String, String, Value)> {
    let start = format!("{}__", sources.prefix);
    let mut found: Vec<_> = sources
        .environment
        .iter()
        .filter_map(|(name, value)| {
            let name = name.to_str()?;
            let key = name.strip_prefix(&start)?;
            let value = value.to_str()?;
            let key = key.to_ascii_lowercase().replace("__", ".");
            // The parser of such values never fails: text that is nothing else is a string.
            let value = value.parse().unwrap_or_else(|never| match never {});
            Some((name.to_owned(), key, value))
        })
        .collect();
    found.sort_by(|left, right| left.0.cmp(&right.0));
    found
}

fn key_error(error: &figment::Error, sources: &Sources) -> ConfigError {
    let mut key = error.path.join(".");
    if let figment::error::Kind::UnknownField(field, _) = &error.kind {
        // The path of an unknown key stops at its section.
        if !key.ends_with(field.as_str()) {
            key = if key.is_empty() {
                field.clone()
            } else {
                format!("{key}.{field}")
            };
        }
    }
    if key.is_empty() {
        "(whole file)".clone_into(&mut key);
    }
    let origin = match (&error.metadata, &sources.file) {
        (Some(metadata), _) if metadata.name.starts_with("environment") => {
            metadata.name.to_string()
        }
        (_, Some(path)) => format!("file {}", path.display()),
        (_, None) => "no configuration file was given".to_owned(),
    };
    ConfigError::Key {
        key,
        reason: error.kind.to_string(),
        origin,
    }
}

#[cfg(test)]
mod tests;
