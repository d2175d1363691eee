//! Layouts of the binary and text encodings, and what their decoders refuse.

use std::fmt::Debug;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Serialize, de::DeserializeOwned};
use theriac_gs1::{CalendarDate, CompanyPrefix, Gln, Gtin, Lot, SerialNumber, Sscc};

fn check<T>(value: &T, bytes: &[u8], json: &str)
where
    T: BorshSerialize + BorshDeserialize + Serialize + DeserializeOwned + PartialEq + Debug,
{
    assert_eq!(borsh::to_vec(value).unwrap(), bytes);
    assert_eq!(borsh::from_slice::<T>(bytes).unwrap(), *value);
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(serde_json::from_str::<T>(json).unwrap(), *value);
    for length in 0..bytes.len() {
        assert!(borsh::from_slice::<T>(&bytes[..length]).is_err());
    }
    assert!(serde_json::from_str::<T>("5").is_err());
}

fn refuses<T: BorshDeserialize + Debug>(bytes: &[u8]) -> String {
    borsh::from_slice::<T>(bytes).unwrap_err().to_string()
}

#[test]
fn layouts_are_as_written_down() {
    check(
        &Gtin::parse("09520123456788").unwrap(),
        b"09520123456788",
        "\"09520123456788\"",
    );
    check(
        &Sscc::parse("376104250021234569").unwrap(),
        b"376104250021234569",
        "\"376104250021234569\"",
    );
    check(
        &Gln::parse("9521141123454").unwrap(),
        b"9521141123454",
        "\"9521141123454\"",
    );
    check(&Lot::parse("AB-1").unwrap(), b"\x04AB-1", "\"AB-1\"");
    check(&SerialNumber::parse("x").unwrap(), b"\x01x", "\"x\"");
    check(
        &CompanyPrefix::parse("952114").unwrap(),
        b"\x06952114",
        "\"952114\"",
    );
    check(
        &CalendarDate::new(2027, 12, 31).unwrap(),
        &[0xEB, 0x07, 12, 31],
        "\"2027-12-31\"",
    );
}

#[test]
fn decoders_refuse_what_parsing_refuses() {
    assert!(refuses::<Gtin>(b"09520123456789").contains("check digit"));
    assert!(refuses::<Gtin>(b"0952012345678\xFF").contains("utf-8"));
    assert!(refuses::<Sscc>(b"37610425002123456X").contains("only digits"));
    assert!(refuses::<Gln>(b"9521141123455").contains("check digit"));
    assert!(refuses::<Lot>(b"\x00").contains("1 to 20"));
    assert!(refuses::<Lot>(b"\x03A B").contains("character set 82"));
    assert!(refuses::<SerialNumber>(&[255; 256]).contains("at most 20"));
    assert!(refuses::<CompanyPrefix>(b"\x03952").contains("4 to 12"));
    assert!(refuses::<CompanyPrefix>(b"\x0D9521141123456").contains("at most 12"));
    assert!(refuses::<CalendarDate>(&[0xEB, 0x07, 2, 29]).contains("no day 29"));
    assert!(refuses::<CalendarDate>(&[0, 0, 1, 1]).contains("outside 1 to 9999"));
    assert!(serde_json::from_str::<Gtin>("\"09520123456789\"").is_err());
    assert!(serde_json::from_str::<Lot>("\"\"").is_err());
}
