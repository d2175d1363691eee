//! Numbers of action kinds. A number is never used again for another kind.

macro_rules! action_kinds {
    ($($(#[$documentation:meta])* $name:ident = $number:literal, $text:literal;)+) => {
        /// The kind of an action, enabled or reserved.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ActionKind {
            $($(#[$documentation])* $name,)+
        }

        impl ActionKind {
            /// Every kind, in order of number.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The number on the wire.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $number,)+ }
            }

            /// The kind of a number.
            pub const fn from_number(number: u16) -> Option<Self> {
                match number { $($number => Some(Self::$name),)+ _ => None }
            }

            /// The name in texts and interfaces, in snake case.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)+ }
            }
        }
    };
}

action_kinds! {
    /// Registers a product.
    RegisterProduct = 1, "register_product";
    /// Reserved: changes a product.
    UpdateProduct = 2, "update_product";
    /// Reserved: withdraws a product from a market.
    WithdrawProduct = 3, "withdraw_product";
    /// Brings packs into being.
    CommissionRun = 16, "commission_run";
    /// Ends a lot.
    CloseLot = 17, "close_lot";
    /// Recalls a lot.
    RecallLot = 18, "recall_lot";
    /// Reserved: extends the expiry of a lot.
    AmendLot = 19, "amend_lot";
    /// Puts packs and units into a unit.
    Pack = 32, "pack";
    /// Takes packs and units out of a unit.
    Unpack = 33, "unpack";
    /// Sends packs and units.
    Ship = 48, "ship";
    /// Takes a shipment back.
    CancelShipment = 49, "cancel_shipment";
    /// Takes custody of a shipment.
    Receive = 50, "receive";
    /// Refuses a shipment.
    Reject = 51, "reject";
    /// Supplies packs to patients.
    Dispense = 64, "dispense";
    /// Reserved: supplies a part of a pack.
    DispensePartially = 65, "dispense_partially";
    /// Undoes a dispensing or a missing report.
    Reactivate = 66, "reactivate";
    /// Quarantines packs.
    Lock = 67, "lock";
    /// Ends a quarantine.
    Unlock = 68, "unlock";
    /// Takes packs out of supply.
    Decommission = 69, "decommission";
    /// Puts a digest on record.
    AnchorDigest = 80, "anchor_digest";
    /// Reserved: reports a condition of packs or units.
    ReportCondition = 81, "report_condition";
    /// Proposes a change of membership or parameters.
    ProposeChange = 96, "propose_change";
    /// Approves a change.
    ApproveChange = 97, "approve_change";
    /// Puts an approved change into force.
    EnactChange = 98, "enact_change";
    /// Takes a change back.
    WithdrawChange = 99, "withdraw_change";
}
