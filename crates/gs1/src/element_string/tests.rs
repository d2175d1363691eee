use super::*;

#[test]
fn separators_end_values_of_variable_length() {
    let list =
        ElementString::parse("\u{1D}010952012345678810AB-1\u{1D}21XYZ\u{1D}17271200").unwrap();
    let read: Vec<_> = list
        .elements()
        .iter()
        .map(|element| format!("{}={}", element.ai().as_str(), element.value()))
        .collect();
    assert_eq!(
        read,
        ["01=09520123456788", "10=AB-1", "21=XYZ", "17=271200"]
    );
    assert_eq!(
        list.to_carrier_data(),
        "010952012345678810AB-1\u{1D}21XYZ\u{1D}17271200"
    );
    assert_eq!(
        list.to_bracketed(),
        "(01)09520123456788(10)AB-1(21)XYZ(17)271200"
    );
}

#[test]
fn refusals_name_the_place() {
    assert_eq!(
        ElementString::parse("0109520123456788ZZ"),
        Err(ElementStringError::UnknownAi {
            position: 17,
            found: "ZZ".to_owned()
        })
    );
    let error = ElementString::parse("010952012345678917271200").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the value of (01) at character 1 is refused: the part from its character 1 breaks a rule: \
         the last digit is the check digit of the others"
    );
    let error = ElementString::parse_bracketed("(01)09520123456788(10)a#b", UnknownAi::Refuse);
    assert_eq!(
        error.unwrap_err().to_string(),
        "the value of (10) at character 19 is refused: its character 2 is '#', only characters of \
         GS1 character set 82 are allowed there"
    );
}

#[test]
fn brackets_inside_values_are_escaped() {
    let list = ElementString::parse_bracketed("(10)A\\(11)B", UnknownAi::Refuse).unwrap();
    assert_eq!(list.get(Ai::LOT), Some("A(11)B"));
    assert_eq!(list.to_bracketed(), "(10)A\\(11)B");
}

#[test]
fn spaces_between_printed_elements_are_dropped() {
    let list = ElementString::parse_bracketed("(01) 09520123456788\r\n(10) L1 ", UnknownAi::Refuse)
        .unwrap();
    assert_eq!(list.get(Ai::LOT), Some("L1"));
}

#[test]
fn lot_without_item_needs_one() {
    let list = ElementString::parse("10ABC").unwrap();
    assert_eq!(
        list.check_combinations().unwrap_err().to_string(),
        "(10) needs (01) or (02) or (03) or (8006) or (8026) beside it"
    );
}

#[test]
fn item_and_count_exclude_each_other() {
    let list =
        ElementString::parse_bracketed("(01)09520123456788(37)5", UnknownAi::Refuse).unwrap();
    assert_eq!(
        list.check_combinations(),
        Err(ElementStringError::Excluded {
            ai: Ai::GTIN,
            other: Ai::COUNT
        })
    );
}

#[test]
fn oversized_text_is_refused_unread() {
    let text = "9".repeat(CHARACTERS_MAX + 1);
    assert_eq!(
        ElementString::parse(&text),
        Err(ElementStringError::TooLong {
            most: CHARACTERS_MAX
        })
    );
}
