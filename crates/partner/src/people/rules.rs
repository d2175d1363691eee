//! What names, passwords and PINs must be.

use theriac_http::problem::{Problem, ProblemCode, RowError};

/// Characters of a user's name.
const NAME_CHARS_MAX: usize = 64;
/// Characters of a password.
const PASSWORD_CHARS: std::ops::RangeInclusive<usize> = 12..=128;
/// Digits of a PIN.
const PIN_DIGITS: std::ops::RangeInclusive<usize> = 4..=8;

/// What is wrong with a user's name: 1 to 64 of `a-z`, `0-9`, `.`, `_`, `-` and `@`, the first a letter
/// or a digit.
pub fn check_name(name: &str) -> Vec<RowError> {
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-@".contains(c);
    let starts_well = name
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    if starts_well && name.len() <= NAME_CHARS_MAX && name.chars().all(is_allowed) {
        return Vec::new();
    }
    vec![RowError::new(
        "name",
        "name_invalid",
        "a name has 1 to 64 small letters, digits, dots, dashes, underscores and at signs, and starts with a letter or a digit",
    )]
}

/// What is wrong with a password: 12 to 128 characters, and not the user's name.
pub fn check_password(password: &str, name: &str) -> Vec<RowError> {
    let count = password.chars().count();
    if !PASSWORD_CHARS.contains(&count) {
        return vec![RowError::new(
            "password",
            "password_length",
            format!("a password has 12 to 128 characters, not {count}"),
        )];
    }
    if password.to_lowercase().contains(name) && count < name.chars().count() + 6 {
        return vec![RowError::new(
            "password",
            "password_weak",
            "the password is little more than the user's name",
        )];
    }
    if password.chars().all(|c| password.starts_with(c)) {
        return vec![RowError::new(
            "password",
            "password_weak",
            "the password is one character again and again",
        )];
    }
    Vec::new()
}

/// What is wrong with a PIN: 4 to 8 digits, neither one digit again and again nor a run.
pub fn check_pin(pin: &str) -> Vec<RowError> {
    if !PIN_DIGITS.contains(&pin.len()) || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return vec![RowError::new(
            "pin",
            "pin_invalid",
            "a PIN has 4 to 8 digits",
        )];
    }
    let steps = |step: i16| {
        pin.as_bytes()
            .windows(2)
            .all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step)
    };
    if steps(0) || steps(1) || steps(-1) {
        return vec![RowError::new(
            "pin",
            "pin_weak",
            "the PIN is one digit again and again, or a run",
        )];
    }
    Vec::new()
}

/// Refuses what is wrong, all of it at once.
pub(super) fn refuse(wrong: Vec<RowError>) -> Result<(), Problem> {
    if wrong.is_empty() {
        return Ok(());
    }
    let problem = Problem::new(ProblemCode::InvalidInput, "a field is not as it must be")
        .with_hint("errors names each field and what it must be; nothing was changed");
    Err(problem.with_errors(wrong))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_people_use_are_taken() {
        for name in ["anna", "j.smith", "till-2", "a@example.org", "7"] {
            assert!(check_name(name).is_empty(), "{name}");
        }
        let long = "a".repeat(65);
        for name in ["", "Anna", "-a", "a b", "é", long.as_str(), "a/b", "a:b"] {
            assert!(!check_name(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn short_long_and_obvious_passwords_are_refused() {
        assert!(check_password("correct horse battery", "anna").is_empty());
        let long = "x1".repeat(65);
        for password in ["elevenchars", "annannannannann1", "aaaaaaaaaaaaaaa", &long] {
            let name = "annannannann";
            assert!(!check_password(password, name).is_empty(), "{password}");
        }
    }

    #[test]
    fn pins_are_digits_and_no_runs() {
        assert!(check_pin("2580").is_empty() && check_pin("83920174").is_empty());
        for pin in ["123", "123456789", "12a4", "0000", "1234", "9876", ""] {
            assert!(!check_pin(pin).is_empty(), "{pin}");
        }
    }
}
