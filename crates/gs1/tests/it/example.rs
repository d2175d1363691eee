//! The example gives what it promises.

#[path = "../../examples/read_code.rs"]
#[expect(dead_code, reason = "its `main` is for the command line")]
mod read_code;

#[test]
fn example_reads_two_codes_of_one_pack_and_refuses_a_slip() {
    let lines = read_code::describe();
    let link = "https://id.gs1.org/01/09520123456788/10/AB1/21/S-0001?17=271200";
    assert_eq!(lines[0], format!("ElementString: {link}"));
    assert_eq!(lines[1], format!("DigitalLink: {link}"));
    assert!(
        lines[2].contains("the last digit is the check digit of the others"),
        "{}",
        lines[2]
    );
}
