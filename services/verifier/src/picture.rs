//! From a picture of a label to the one code it is about.

use theriac_gs1::ScannedCode;
use theriac_label::{ReadCode, ReadError, read_codes};

/// Why a picture gives no code.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureRefusal {
    /// It is no picture that can be read.
    #[error("the picture could not be read")]
    Unreadable(#[from] ReadError),
    /// There is no code in it.
    #[error("no QR code or DataMatrix was found in the picture")]
    NoCode,
    /// Its codes are about something else.
    #[error("none of the codes in the picture names a pack")]
    NoPack,
    /// Its codes are about several packs.
    #[error("the picture holds the codes of {count} different packs")]
    SeveralPacks {
        /// How many.
        count: usize,
    },
}

impl PictureRefusal {
    /// What to do next, as a sentence.
    pub(crate) fn what_to_do(&self) -> Option<&'static str> {
        match self {
            Self::Unreadable(_) => None,
            Self::NoCode => Some("Take it again, straight, closer and without glare."),
            Self::NoPack => Some("Cut out the code of the pack and send only that."),
            Self::SeveralPacks { .. } => Some("Take a picture of one pack at a time."),
        }
    }
}

/// The text of the code in a picture, with a note where the picture has further codes. Takes up to
/// seconds of a core: call it off the request's thread.
pub(crate) fn find_code(picture: &[u8]) -> Result<(String, Option<String>), PictureRefusal> {
    choose(&read_codes(picture)?)
}

/// A pack may carry several codes that say the same, or one that says nothing of it, such as a link
/// to its leaflet. Two packs in one picture would make a good answer for one look like one for both.
fn choose(codes: &[ReadCode]) -> Result<(String, Option<String>), PictureRefusal> {
    let mut named: Vec<(String, ScannedCode)> = Vec::new();
    for code in codes {
        let text = text_of(code);
        // The year decides only the century of dates, which does not matter here.
        let Ok(read) = ScannedCode::parse(&text, 2000) else {
            continue;
        };
        if !named.iter().any(|(_, other)| is_same(other, &read)) {
            named.push((text, read));
        }
    }
    if named.iter().any(|(_, code)| code.serial.is_some()) {
        named.retain(|(_, code)| code.serial.is_some());
    }
    match (named.as_slice(), codes) {
        ([(text, _)], [_]) => Ok((text.clone(), None)),
        ([(text, _)], _) => {
            let note = format!(
                "The picture holds {} codes; the answer is for the one that names the pack.",
                codes.len()
            );
            Ok((text.clone(), Some(note)))
        }
        ([], [only]) => Ok((text_of(only), None)),
        ([], []) => Err(PictureRefusal::NoCode),
        ([], _) => Err(PictureRefusal::NoPack),
        (several, _) => Err(PictureRefusal::SeveralPacks {
            count: several.len(),
        }),
    }
}

fn text_of(code: &ReadCode) -> String {
    if code.is_gs1 {
        format!("{}{}", code.symbology, code.text)
    } else {
        code.text.clone()
    }
}

fn is_same(left: &ScannedCode, right: &ScannedCode) -> bool {
    (left.gtin, left.lot, left.serial, left.sscc)
        == (right.gtin, right.lot, right.serial, right.sscc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str, is_gs1: bool) -> ReadCode {
        ReadCode {
            text: text.to_owned(),
            symbology: if is_gs1 { "]d2" } else { "]Q1" }.to_owned(),
            is_gs1,
        }
    }

    const LINK: &str = "https://id.example.org/01/09506000134352/10/ABC/21/S1";

    #[test]
    fn two_codes_of_one_pack_are_one() {
        let matrix = code("010950600013435210ABC\u{1d}21S1", true);
        let (text, note) = choose(&[code(LINK, false), matrix]).unwrap();
        assert_eq!(text, LINK);
        assert!(note.is_some());
    }

    #[test]
    fn leaflet_beside_the_code_of_the_pack_is_passed_over() {
        let leaflet = code("https://example.org/leaflet.pdf", false);
        assert_eq!(choose(&[leaflet, code(LINK, false)]).unwrap().0, LINK);
    }

    #[test]
    fn two_packs_in_one_picture_are_refused() {
        let other = LINK.replace("S1", "S2");
        let refused = choose(&[code(LINK, false), code(&other, false)]);
        assert!(matches!(
            refused,
            Err(PictureRefusal::SeveralPacks { count: 2 })
        ));
    }

    #[test]
    fn picture_without_a_code_is_told_from_one_that_does_not_read() {
        assert!(matches!(choose(&[]), Err(PictureRefusal::NoCode)));
        let refused = find_code(b"no picture");
        assert!(matches!(refused, Err(PictureRefusal::Unreadable(_))));
    }
}
