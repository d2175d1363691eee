//! `theriac verify`: ask a verifier about a code, typed or on a picture.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::Args;
use reqwest::Url;
use serde_json::Value;
use theriac_http::keyfile;
use theriac_label::MAX_IMAGE_BYTES;
use theriac_proof::answer::AnswerCode;

use crate::arguments::OutputForm;
use crate::output;

mod ask;
mod evidence;

use evidence::{At, Judge};

const PNG_START: &[u8] = b"\x89PNG";
const JPEG_START: &[u8] = b"\xff\xd8\xff";

/// Exits with 0 when the pack may be dispensed, 3 for stop, 4 for cannot tell, 1 when there was no
/// answer.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The code as a scanner read it, a picture of the label (PNG or JPEG), or - for either on
    /// standard input. With --offline it may be left out, or names what the evidence must be about.
    #[arg(required_unless_present = "offline")]
    input: Option<String>,
    /// Address of the verifier, such as `http://127.0.0.1:8080`.
    #[arg(long, value_parser = parse_address, required_unless_present = "offline")]
    verifier: Option<Url>,
    /// File with an API key of the verifier: its answers then give reasons.
    #[arg(long, conflicts_with = "offline")]
    api_key_file: Option<PathBuf>,
    /// Write the evidence for the answer to this file.
    #[arg(long, value_name = "FILE", conflicts_with = "offline")]
    bundle: Option<PathBuf>,
    /// Check evidence in a file, and ask nobody.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with = "verifier",
        requires = "trust"
    )]
    offline: Option<PathBuf>,
    /// What to trust: the public anchor of a genesis, or a checkpoint. With it the evidence of a
    /// verifier's answer is checked here, too.
    #[arg(long, value_name = "FILE")]
    trust: Option<PathBuf>,
    /// The time at which evidence is judged: `now`, `bundle` for its own, RFC 3339, or milliseconds
    /// since 1970.
    #[arg(long, value_name = "TIME", default_value = "now")]
    at: At,
    /// Age in seconds above which evidence is stale.
    #[arg(long, value_name = "SECONDS", default_value_t = MAX_AGE_S)]
    max_age: u64,
}

/// Two dozen idle blocks that did not come.
const MAX_AGE_S: u64 = 120;

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let trust = options.trust.as_deref().map(evidence::read_trust);
    let judge = trust.transpose()?.map(|trust| Judge {
        trust,
        at: options.at,
        age_ms_max: options.max_age.saturating_mul(1_000),
    });
    let answer = match (&options.offline, &options.verifier, &judge) {
        (Some(file), _, Some(judge)) => judge.offline(file, options.input.as_deref())?,
        (None, Some(verifier), _) => online(options, verifier, judge.as_ref())?,
        // The command line's rules leave nothing else.
        _ => bail!("give --verifier, or --offline with --trust"),
    };
    let exit = exit_code(&answer)?;
    match form {
        OutputForm::Json => output::json(&answer)?,
        OutputForm::Table => print(&answer)?,
    }
    Ok(ExitCode::from(exit))
}

fn online(options: &Options, verifier: &Url, judge: Option<&Judge>) -> anyhow::Result<Value> {
    let input = options.input.as_deref().unwrap_or_default();
    let question = Question::of(input)?;
    let code = question.code().map(str::to_owned);
    let key = options.api_key_file.as_deref().map(read_key).transpose()?;
    let wants_evidence = options.bundle.is_some() || judge.is_some();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let asked = ask::ask(verifier, question, key.as_deref(), wants_evidence);
    let mut answer = runtime.block_on(asked)?;
    exit_code(&answer)?;
    if let Some(file) = &options.bundle {
        evidence::write(file, &answer)?;
    }
    if let Some(judge) = judge {
        return judge.online(code.as_deref(), answer);
    }
    if let Some(fields) = answer.as_object_mut() {
        // It is in the file.
        fields.remove("evidence");
    }
    Ok(answer)
}

/// The exit code of an answer, by the table that its sender has too. A script acts on this number, so
/// that an answer which disagrees with the table counts as none.
fn exit_code(answer: &Value) -> anyhow::Result<u8> {
    let Some(text) = answer["answer"].as_str().map(printable) else {
        bail!("this is not a verifier's answer: it has no code; check the address");
    };
    let code: AnswerCode = serde_json::from_value(answer["answer"].clone()).map_err(|_| {
        anyhow!("the verifier answers {text}, which this program does not know; bring both to one version")
    })?;
    let exit = code.row().exit;
    ensure!(
        answer["exit"].as_u64() == Some(u64::from(exit)),
        "the verifier contradicts itself: {text} has exit code {exit}, and its answer says {}; \
         do not act on it, ask another verifier",
        answer["exit"]
    );
    Ok(exit)
}

fn parse_address(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    if url.scheme() == "https" {
        return Err("https is not spoken here; give the verifier's own http:// address".to_owned());
    }
    if url.scheme() != "http" || url.host().is_none() {
        return Err("an address is http:// and a host".to_owned());
    }
    Ok(url)
}

/// What is asked about.
#[derive(Debug, PartialEq, Eq)]
enum Question {
    Code(String),
    Picture {
        media_type: &'static str,
        bytes: Vec<u8>,
    },
}

impl Question {
    /// The code, where it was given as a text.
    fn code(&self) -> Option<&str> {
        match self {
            Self::Code(code) => Some(code),
            Self::Picture { .. } => None,
        }
    }

    fn of(input: &str) -> anyhow::Result<Self> {
        if input == "-" {
            let bytes = read_bounded(io::stdin().lock()).context("reading standard input")?;
            return Self::of_bytes(bytes);
        }
        let path = Path::new(input);
        if path.is_file() {
            let opened = File::open(path)
                .map_err(anyhow::Error::from)
                .and_then(read_bounded);
            return Self::of_bytes(opened.with_context(|| format!("reading {}", path.display()))?);
        }
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        if ["png", "jpg", "jpeg"]
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
        {
            bail!("there is no picture at {}", path.display());
        }
        Ok(Self::Code(input.to_owned()))
    }

    fn of_bytes(bytes: Vec<u8>) -> anyhow::Result<Self> {
        if bytes.starts_with(PNG_START) {
            return Ok(Self::Picture {
                media_type: "image/png",
                bytes,
            });
        }
        if bytes.starts_with(JPEG_START) {
            return Ok(Self::Picture {
                media_type: "image/jpeg",
                bytes,
            });
        }
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Self::Code(text)),
            Err(_) => bail!("the input is neither a PNG or JPEG picture nor text"),
        }
    }
}

fn read_bounded(reader: impl Read) -> anyhow::Result<Vec<u8>> {
    let limit = u64::try_from(MAX_IMAGE_BYTES)?;
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() > MAX_IMAGE_BYTES {
        bail!("it is larger than {MAX_IMAGE_BYTES} bytes; cut the code out of the picture");
    }
    Ok(bytes)
}

fn read_key(path: &Path) -> anyhow::Result<String> {
    let bytes = keyfile::read_passphrase(path).context("reading the API key")?;
    let text = String::from_utf8(bytes.to_vec()).context("the API key is not text")?;
    Ok(text.trim().to_owned())
}

/// Prints the answer for a person: the band first, then what to compare with the pack.
fn print(answer: &Value) -> anyhow::Result<()> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut rows = vec![
        (
            "answer",
            format!("{} ({})", text(&answer["word"]), text(&answer["answer"])),
        ),
        ("", text(&answer["sentence"])),
        ("next", text(&answer["action"])),
    ];
    let facts = [
        ("medicine", &answer["product"]["name"]),
        ("strength", &answer["product"]["strength"]),
        ("issued by", &answer["product"]["maker"]),
        ("GTIN", &answer["code"]["gtin"]),
        ("batch", &answer["code"]["lot"]),
        ("serial", &answer["code"]["serial"]),
        ("SSCC", &answer["code"]["sscc"]),
        ("expiry", &answer["expiry"]),
        ("status", &answer["status"]),
        ("since", &answer["since"]),
        ("held by", &answer["holder"]["organisation"]),
    ];
    rows.extend(
        facts
            .iter()
            .filter(|(_, value)| value.is_string())
            .map(|(n, v)| (*n, text(v))),
    );
    rows.extend(disputes(&answer["disputed"]));
    let list = |name: &str| answer[name].as_array().cloned().unwrap_or_default();
    rows.extend(list("also").iter().map(|code| ("also", text(code))));
    rows.extend(list("notes").iter().map(|note| ("note", text(note))));
    let checks = answer["checks"].as_array().cloned().unwrap_or_default();
    rows.extend(checks.iter().map(|check| {
        let (name, shows) = (text(&check["name"]), text(&check["shows"]));
        ("checked", format!("{name}: {shows}"))
    }));
    rows.push((
        "record",
        format!("{} of {}", answer["height"], text(&answer["as_of"])),
    ));
    // A serial may hold any character of GS1's set, and a text of the record any character at all.
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| (name, printable(&value)))
        .collect();
    output::result(OutputForm::Table, answer, &rows)
}

/// What a stolen key may have signed; nothing where nothing is disputed.
fn disputes(disputed: &Value) -> Vec<(&'static str, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let events = disputed["events"].as_array().cloned().unwrap_or_default();
    let events = events.iter().map(|event| {
        let (kind, time) = (text(&event["kind"]), text(&event["time"]));
        let (organisation, height) = (text(&event["organisation"]), &event["height"]);
        format!("{kind} of {time}, height {height}, in the name of {organisation}")
    });
    let words = ["sentence", "action"].map(|name| text(&disputed[name]));
    let rows = words.into_iter().chain(events);
    rows.filter(|row| !row.is_empty())
        .map(|row| ("disputed", row))
        .collect()
}

/// Text that cannot move the cursor or change the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|letter| {
            if letter.is_control() {
                '\u{fffd}'
            } else {
                letter
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::ask::is_loopback;
    use super::*;

    #[test]
    fn picture_is_known_by_its_bytes_and_text_is_a_code() {
        let picture = Question::of_bytes(b"\x89PNG\r\n".to_vec()).unwrap();
        assert!(matches!(
            picture,
            Question::Picture {
                media_type: "image/png",
                ..
            }
        ));
        let code = Question::of_bytes(b"(01)09506000134352\n".to_vec()).unwrap();
        assert_eq!(code, Question::Code("(01)09506000134352\n".to_owned()));
        assert!(Question::of_bytes(vec![0xff, 0xfe, 0x00]).is_err());
    }

    #[test]
    fn picture_that_is_not_there_is_no_code() {
        assert!(
            Question::of("/nowhere/label.PNG")
                .unwrap_err()
                .to_string()
                .contains("no picture")
        );
        let code = "https://id.gs1.org/01/09506000134352";
        assert_eq!(Question::of(code).unwrap(), Question::Code(code.to_owned()));
    }

    #[test]
    fn address_needs_a_scheme_and_a_host() {
        assert!(parse_address("http://127.0.0.1:8080").is_ok());
        for text in ["127.0.0.1:8080", "ftp://a", "https://a", "verifier"] {
            assert!(parse_address(text).is_err(), "{text}");
        }
    }

    #[test]
    fn exit_code_is_that_of_the_table_and_an_answer_that_disagrees_is_refused() {
        let exit = |answer: Value| exit_code(&answer).map_err(|error| error.to_string());
        assert_eq!(exit(json!({ "answer": "ACTIVE", "exit": 0 })), Ok(0));
        assert_eq!(exit(json!({ "answer": "RECALLED", "exit": 3 })), Ok(3));
        for wrong in [
            json!(0),
            json!(4),
            json!(-3),
            json!("3"),
            json!(259),
            Value::Null,
        ] {
            let said = exit(json!({ "answer": "RECALLED", "exit": wrong })).unwrap_err();
            assert!(said.contains("ask another verifier"), "{said}");
        }
        let said = exit(json!({ "answer": "SPLENDID", "exit": 0 })).unwrap_err();
        assert!(said.contains("SPLENDID"), "{said}");
        assert!(exit(json!({ "exit": 0 })).is_err());
        assert!(exit(Value::Null).is_err());
    }

    #[test]
    fn only_the_loopback_of_this_machine_is_asked_past_a_proxy() {
        let at = |text: &str| is_loopback(&parse_address(text).unwrap());
        for own in [
            "http://127.0.0.1:8105",
            "http://localhost:8105",
            "http://[::1]:8105",
        ] {
            assert!(at(own), "{own}");
        }
        for other in [
            "http://192.0.2.1:8105",
            "http://localhost.example",
            "http://[2001:db8::1]",
        ] {
            assert!(!at(other), "{other}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
    }
}
