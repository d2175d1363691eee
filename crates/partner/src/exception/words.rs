//! The words of exceptions. Those of what is to be done are those of the industry's schema
//! (dscsagovernance/ExceptionsSchemas).

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_ledger::action::ReceiveExceptionReason;

/// What is wrong.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Kind {
    /// Announced, not delivered: data without product.
    Short = 0,
    /// Delivered, and announced in another delivery or in none.
    Over = 1,
    /// Delivered damaged.
    Damaged = 2,
    /// Delivered, but not what was ordered.
    Wrong = 3,
    /// Suspected of being falsified.
    Suspect = 4,
    /// Delivered, and not on record at all.
    ProductWithoutData = 5,
    /// On record otherwise than it says on the pack.
    Mismatch = 6,
}

impl Kind {
    /// As requests write them.
    pub const WORDS: [&'static str; 8] = [
        "short",
        "over",
        "damaged",
        "wrong",
        "suspect",
        "product_without_data",
        "mismatch",
        "data_without_product",
    ];

    /// Reads a word of [`Kind::WORDS`]; data without product is what the ledger calls short.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "short" | "data_without_product" => Self::Short,
            "over" => Self::Over,
            "damaged" => Self::Damaged,
            "wrong" => Self::Wrong,
            "suspect" => Self::Suspect,
            "product_without_data" => Self::ProductWithoutData,
            "mismatch" => Self::Mismatch,
            _ => return None,
        })
    }

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Short => "short",
            Self::Over => "over",
            Self::Damaged => "damaged",
            Self::Wrong => "wrong",
            Self::Suspect => "suspect",
            Self::ProductWithoutData => "product_without_data",
            Self::Mismatch => "mismatch",
        }
    }
}

impl From<ReceiveExceptionReason> for Kind {
    fn from(reason: ReceiveExceptionReason) -> Self {
        match reason {
            ReceiveExceptionReason::Short => Self::Short,
            ReceiveExceptionReason::Damaged => Self::Damaged,
            ReceiveExceptionReason::Wrong => Self::Wrong,
            ReceiveExceptionReason::Suspect => Self::Suspect,
        }
    }
}

/// What is to be done about it.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Resolution {
    /// The sender puts the data on record that is missing or wrong.
    SendNewData = 0,
    /// The sender delivers what is missing.
    SendProduct = 1,
    /// The addressee returns the goods.
    ReturnProduct = 2,
    /// The goods go back to where they came from, unreceived.
    SendBackProduct = 3,
    /// The sender pays for it.
    CreditAccount = 4,
    /// The addressee keeps it and pays for it.
    DebitAccount = 5,
}

impl Resolution {
    /// As requests write them.
    pub const WORDS: [&'static str; 6] = [
        "send_new_data",
        "send_product",
        "return_product",
        "send_back_product",
        "credit_account",
        "debit_account",
    ];

    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SendNewData => "send_new_data",
            Self::SendProduct => "send_product",
            Self::ReturnProduct => "return_product",
            Self::SendBackProduct => "send_back_product",
            Self::CreditAccount => "credit_account",
            Self::DebitAccount => "debit_account",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_it_is_written() {
        for word in Kind::WORDS {
            let kind = Kind::parse(word).unwrap();
            let alias = word == "data_without_product";
            assert!(alias || kind.word() == word, "{word}");
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
        for word in Resolution::WORDS {
            let read: Resolution = serde_json::from_value(word.into()).unwrap();
            assert_eq!(read.word(), word);
        }
    }
}
