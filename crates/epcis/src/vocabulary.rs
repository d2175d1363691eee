//! Words of CBV 2.0 that the ledger's actions use.

macro_rules! words {
    ($(#[$documentation:meta])* $name:ident { $($(#[$variant_documentation:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_documentation])* $variant,)+
        }

        impl $name {
            /// The word in JSON.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }
    };
}

words! {
    /// How an event relates to the life of what it names (EPCIS 2.0 section 7.3.2).
    Action {
        /// It begins to exist, or goes into something.
        Add = "ADD",
        /// It is seen.
        Observe = "OBSERVE",
        /// It ends, or comes out of something.
        Delete = "DELETE",
    }
}

words! {
    /// What is being done (CBV 2.0 section 7.1).
    BizStep {
        /// A code is given to a thing.
        Commissioning = "commissioning",
        /// Things go into a larger one.
        Packing = "packing",
        /// Things come out of a larger one.
        Unpacking = "unpacking",
        /// Things leave for somebody else.
        Shipping = "shipping",
        /// A shipment did not happen.
        VoidShipping = "void_shipping",
        /// Things are taken over.
        Receiving = "receiving",
        /// Things are looked at.
        Inspecting = "inspecting",
        /// Things are set aside.
        Holding = "holding",
        /// Things are given to a patient.
        Dispensing = "dispensing",
        /// A code ends.
        Decommissioning = "decommissioning",
        /// Things are destroyed.
        Destroying = "destroying",
    }
}

words! {
    /// In what condition things are afterwards (CBV 2.0 section 7.2).
    Disposition {
        /// Just commissioned.
        Active = "active",
        /// In the middle of something.
        InProgress = "in_progress",
        /// On the way.
        InTransit = "in_transit",
        /// Can be sold and reached.
        SellableAccessible = "sellable_accessible",
        /// Cannot be sold, for a reason of its own.
        NonSellableOther = "non_sellable_other",
        /// Sent back.
        Returned = "returned",
        /// Given to a patient.
        Dispensed = "dispensed",
        /// Out of use.
        Inactive = "inactive",
        /// Destroyed.
        Destroyed = "destroyed",
        /// Stolen.
        Stolen = "stolen",
        /// Damaged.
        Damaged = "damaged",
        /// Not to be found.
        Unavailable = "unavailable",
        /// Recalled.
        Recalled = "recalled",
    }
}
