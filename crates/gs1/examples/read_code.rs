//! Reads what a scanner sent and says what it means: `cargo run -p theriac-gs1 --example read_code`.

use theriac_gs1::{DigitalLink, ScannedCode};

fn main() {
    for line in describe() {
        #[expect(clippy::print_stdout, reason = "an example that shows its result")]
        {
            println!("{line}");
        }
    }
}

/// One line for each of three texts: a pack, the link of the same pack, a slip of the finger.
pub(crate) fn describe() -> Vec<String> {
    let mut lines = Vec::new();
    for text in [
        "]d2010952012345678817271200\u{1D}10AB1\u{1D}21S-0001",
        "https://id.gs1.org/01/09520123456788/10/AB1/21/S-0001?17=271200",
        "(01)09520123456789(10)AB1",
    ] {
        lines.push(match ScannedCode::parse(text, 2026) {
            Err(error) => format!("refused: {error}"),
            Ok(code) => match DigitalLink::build("https://id.gs1.org", &code.elements) {
                Ok(link) => format!("{:?}: {link}", code.form),
                Err(error) => format!("no link: {error}"),
            },
        });
    }
    lines
}
