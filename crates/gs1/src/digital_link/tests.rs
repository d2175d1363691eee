use super::*;
use crate::ai::Ai;

const PACK: &str = "https://id.gs1.org/01/09520123456788/10/L%2F1/21/S%251?17=271200";

#[test]
fn pack_is_read_and_printed_the_same() {
    let link = DigitalLink::parse(PACK).unwrap();
    assert_eq!(
        link.elements().to_bracketed(),
        "(01)09520123456788(10)L/1(21)S%1(17)271200"
    );
    assert_eq!(link.stem(), "https://id.gs1.org");
    assert_eq!(link.to_string(), PACK);
}

#[test]
fn words_of_the_first_edition_are_read() {
    let link = DigitalLink::parse(
        "https://maker.example/verify/gtin/09520123456788/lot/A1/ser/7?exp=271231&linkType=x%20y",
    )
    .unwrap();
    assert_eq!(link.elements().get(Ai::EXPIRY), Some("271231"));
    assert_eq!(link.elements().get(Ai::SERIAL), Some("7"));
    assert_eq!(link.stem(), "https://maker.example/verify");
    assert_eq!(
        link.parameters(),
        [("linkType".to_owned(), "x y".to_owned())]
    );
}

#[test]
fn qualifiers_out_of_order_are_refused_with_the_order() {
    let error = DigitalLink::parse("https://a/01/09520123456788/21/S/10/L").unwrap_err();
    assert_eq!(
        error.to_string(),
        "(10) does not follow here: (01) takes qualifiers in this order: (22)(10)(21) or (235)"
    );
}

#[test]
fn compressed_link_is_refused_by_name() {
    assert_eq!(
        DigitalLink::parse("https://id.gs1.org/AQnYUc1gmiERBhRi"),
        Err(DigitalLinkError::Compressed)
    );
    assert_eq!(
        DigitalLink::parse("https://example.com/products/aspirin"),
        Err(DigitalLinkError::NoPrimaryKey)
    );
}

#[test]
fn hosts_are_checked() {
    for host in ["a", "a.", "192.0.2.1:8080", "[2001:db8::1]", "[::1]:80"] {
        assert!(
            DigitalLink::parse(&format!("https://{host}/01/09520123456788")).is_ok(),
            "{host}"
        );
    }
    for host in ["", ":80", "user@a", "[::1", "[]", "[::1]x", "a:b", "a%20b"] {
        assert_eq!(
            DigitalLink::parse(&format!("https://{host}/01/09520123456788")),
            Err(DigitalLinkError::Host {
                host: host.to_owned()
            })
        );
    }
}

#[test]
fn base_with_query_is_refused() {
    let elements = ElementString::new([(Ai::GTIN, "09520123456788")]).unwrap();
    assert_eq!(
        DigitalLink::build("https://a/?x=1", &elements),
        Err(DigitalLinkError::Base)
    );
    assert_eq!(
        DigitalLink::build("https://a/verify/", &elements)
            .unwrap()
            .to_string(),
        "https://a/verify/01/09520123456788"
    );
}
