//! Rejections by the product.

use theriac_gs1::Gtin;

/// The product stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductRejection {
    /// No such product.
    #[error("product {gtin} is not registered")]
    Unknown {
        /// The product.
        gtin: Gtin,
    },
    /// Registered before.
    #[error("product {gtin} is already registered")]
    AlreadyRegistered {
        /// The product.
        gtin: Gtin,
    },
    /// The number belongs to another company.
    #[error("GTIN {gtin} does not begin with a company prefix of the signer's organisation")]
    Prefix {
        /// The product.
        gtin: Gtin,
    },
    /// Owned by another organisation.
    #[error("product {gtin} belongs to another organisation")]
    NotOwner {
        /// The product.
        gtin: Gtin,
    },
}

impl ProductRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_product",
            Self::AlreadyRegistered { .. } => "product_already_registered",
            Self::Prefix { .. } => "gtin_not_yours",
            Self::NotOwner { .. } => "not_product_owner",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "check the GTIN, or register the product first",
            Self::AlreadyRegistered { .. } => "use the product as it is registered",
            Self::Prefix { .. } => {
                "check the GTIN, or have the GS1 company prefix added to the organisation's record"
            }
            Self::NotOwner { .. } => {
                "only the organisation that registered the product may do this"
            }
        }
    }
}
