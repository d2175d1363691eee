//! What an event means for the ledger: one table.

use theriac_epcis::Action;
use theriac_epcis::read::{CapturedEvent, EventKind};
use theriac_ledger::action::{DecommissionReason, LockReason};

/// What an event means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Packs come into being.
    Commission,
    /// Things go into a unit.
    Pack,
    /// Things come out of a unit.
    Unpack,
    /// Things leave for somebody else.
    Ship,
    /// A shipment did not happen.
    CancelShipment,
    /// A shipment is taken over.
    Receive,
    /// Packs are given to patients.
    Dispense,
    /// They were not, after all.
    UndoDispensing,
    /// Packs end.
    Decommission(DecommissionReason),
    /// Packs are set aside.
    Lock(LockReason),
    /// They are free again.
    Unlock,
    /// The ledger has no action for it: it is kept, and its hash anchored.
    Keep,
    /// It says that an earlier event was wrong: likewise.
    KeepDeclaration,
    /// It is refused.
    Refuse(Refusal),
}

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Packs do not become other packs here.
    Transformation,
    /// Part of a pack is given.
    PartialDispensing,
    /// A recall has a class and a notice, which events lack.
    Recall,
    /// It does not say why packs end.
    ReasonMissing,
    /// It names a class and a quantity, and no packs.
    Quantities,
}

impl Refusal {
    /// Stable code, and what to do instead.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Transformation => (
                "transformation_event_refused",
                "a TransformationEvent is not taken: on this ledger a pack stays the pack that it was made as. Decommission the packs that go in, and commission those that come out",
            ),
            Self::PartialDispensing => (
                "partial_dispensing_refused",
                "parts of packs are not on this ledger yet: dispense the pack when the last part is given",
            ),
            Self::Recall => (
                "recall_event_refused",
                "a recall needs a class and a notice, which an event does not carry: use POST /api/v1/recalls",
            ),
            Self::ReasonMissing => (
                "reason_missing",
                "the event does not say why the packs end: give the disposition destroyed, stolen, damaged or unavailable, or the bizStep destroying",
            ),
            Self::Quantities => (
                "packs_not_named",
                "the event names a class and a quantity, and this ledger moves packs and units: name them in the list of EPCs",
            ),
        }
    }
}

/// Looks an event up.
pub(crate) fn meaning(event: &CapturedEvent) -> Meaning {
    let found = match event.kind {
        EventKind::Transformation => Meaning::Refuse(Refusal::Transformation),
        EventKind::Transaction | EventKind::Association => Meaning::Keep,
        EventKind::Aggregation => match event.action {
            Some(Action::Add) => Meaning::Pack,
            Some(Action::Delete) => Meaning::Unpack,
            Some(Action::Observe) | None => Meaning::Keep,
        },
        EventKind::Object => of_object(event),
    };
    if let Some(error) = &event.error {
        let did_not_occur = error
            .reason
            .as_ref()
            .is_some_and(|reason| reason.is("did_not_occur"));
        return match found {
            Meaning::Dispense if did_not_occur => Meaning::UndoDispensing,
            Meaning::Refuse(Refusal::Transformation) => found,
            _ => Meaning::KeepDeclaration,
        };
    }
    let is_action = !matches!(found, Meaning::Keep | Meaning::Refuse(_));
    if is_action && event.has_quantities {
        return Meaning::Refuse(Refusal::Quantities);
    }
    found
}

fn of_object(event: &CapturedEvent) -> Meaning {
    if event
        .set_dispositions
        .iter()
        .any(|word| word.is("recalled"))
    {
        return Meaning::Refuse(Refusal::Recall);
    }
    let step = event.biz_step.as_ref().map_or("", |word| word.as_str());
    match (event.action, step) {
        (Some(Action::Add), "commissioning") => Meaning::Commission,
        (Some(Action::Observe), "shipping") => Meaning::Ship,
        (Some(Action::Observe), "void_shipping") => Meaning::CancelShipment,
        (Some(Action::Observe), "receiving" | "accepting") => Meaning::Receive,
        (Some(Action::Observe | Action::Delete), "dispensing") => {
            if is_now(event, "partially_dispensed") {
                Meaning::Refuse(Refusal::PartialDispensing)
            } else {
                Meaning::Dispense
            }
        }
        (Some(Action::Observe), "holding") => Meaning::Lock(lock_reason(event)),
        (Some(Action::Observe), _) if is_now(event, "stolen") => {
            Meaning::Decommission(DecommissionReason::Stolen)
        }
        (Some(Action::Observe), "inspecting") if is_now(event, "damaged") => {
            Meaning::Decommission(DecommissionReason::Damaged)
        }
        (Some(Action::Observe), "inspecting") if is_free_again(event) => Meaning::Unlock,
        (Some(Action::Observe | Action::Delete), "destroying") => {
            Meaning::Decommission(DecommissionReason::Destroyed)
        }
        (Some(Action::Delete), _) => match end_reason(event) {
            Some(reason) => Meaning::Decommission(reason),
            None => Meaning::Refuse(Refusal::ReasonMissing),
        },
        _ => Meaning::Keep,
    }
}

fn is_now(event: &CapturedEvent, word: &str) -> bool {
    event
        .disposition
        .as_ref()
        .is_some_and(|found| found.is(word))
}

fn is_free_again(event: &CapturedEvent) -> bool {
    ["sellable_accessible", "available", "conformant"]
        .iter()
        .any(|word| is_now(event, word))
}

fn lock_reason(event: &CapturedEvent) -> LockReason {
    if is_now(event, "damaged") {
        LockReason::Damage
    } else if is_now(event, "non_conformant") {
        LockReason::Condition
    } else if is_now(event, "non_sellable_other") {
        LockReason::Quality
    } else {
        LockReason::Suspect
    }
}

fn end_reason(event: &CapturedEvent) -> Option<DecommissionReason> {
    [
        ("destroyed", DecommissionReason::Destroyed),
        ("disposed", DecommissionReason::Destroyed),
        ("stolen", DecommissionReason::Stolen),
        ("damaged", DecommissionReason::Damaged),
        ("unavailable", DecommissionReason::Missing),
    ]
    .into_iter()
    .find(|(word, _)| is_now(event, word))
    .map(|(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};
    use theriac_epcis::Namespaces;
    use theriac_epcis::read::read_event;

    fn meaning_of(kind: &str, action: &str, step: &str, disposition: Option<&str>) -> Meaning {
        let mut event = json!({
            "type": kind, "eventTime": "2026-11-20T10:00:00Z", "eventTimeZoneOffset": "+00:00",
            "bizStep": step,
        });
        let list = json!(["https://id.gs1.org/01/09506000134352/21/S1"]);
        match kind {
            "ObjectEvent" => event["epcList"] = list,
            "AggregationEvent" | "AssociationEvent" => {
                event["parentID"] = json!("https://id.gs1.org/00/195211412345678900");
                event["childEPCs"] = list;
            }
            "TransactionEvent" => {
                event["epcList"] = list;
                event["bizTransactionList"] = json!([{"bizTransaction": "urn:a:b"}]);
            }
            _ => event["inputEPCList"] = list,
        }
        if kind != "TransformationEvent" {
            event["action"] = Value::from(action);
        }
        if let Some(word) = disposition {
            event["disposition"] = Value::from(word);
        }
        let read = read_event(&event, &Namespaces::of_context(&Value::Null)).unwrap();
        meaning(&read)
    }

    #[test]
    fn every_step_of_the_choreography_has_its_meaning() {
        use DecommissionReason as End;
        let object = [
            ("ADD", "commissioning", Some("active"), Meaning::Commission),
            ("OBSERVE", "shipping", Some("in_transit"), Meaning::Ship),
            ("OBSERVE", "void_shipping", None, Meaning::CancelShipment),
            ("OBSERVE", "receiving", None, Meaning::Receive),
            ("OBSERVE", "accepting", None, Meaning::Receive),
            (
                "OBSERVE",
                "dispensing",
                Some("dispensed"),
                Meaning::Dispense,
            ),
            ("DELETE", "dispensing", None, Meaning::Dispense),
            (
                "DELETE",
                "destroying",
                None,
                Meaning::Decommission(End::Destroyed),
            ),
            (
                "DELETE",
                "decommissioning",
                Some("stolen"),
                Meaning::Decommission(End::Stolen),
            ),
            (
                "DELETE",
                "decommissioning",
                Some("inactive"),
                Meaning::Refuse(Refusal::ReasonMissing),
            ),
            (
                "OBSERVE",
                "inspecting",
                Some("damaged"),
                Meaning::Decommission(End::Damaged),
            ),
            (
                "OBSERVE",
                "holding",
                Some("damaged"),
                Meaning::Lock(LockReason::Damage),
            ),
            (
                "OBSERVE",
                "holding",
                None,
                Meaning::Lock(LockReason::Suspect),
            ),
            (
                "OBSERVE",
                "inspecting",
                Some("sellable_accessible"),
                Meaning::Unlock,
            ),
            ("OBSERVE", "inspecting", None, Meaning::Keep),
            ("OBSERVE", "storing", None, Meaning::Keep),
            (
                "OBSERVE",
                "dispensing",
                Some("partially_dispensed"),
                Meaning::Refuse(Refusal::PartialDispensing),
            ),
        ];
        for (action, step, disposition, expected) in object {
            let found = meaning_of("ObjectEvent", action, step, disposition);
            assert_eq!(found, expected, "{action} {step} {disposition:?}");
        }
    }

    #[test]
    fn other_kinds_of_events_are_packed_kept_or_refused_by_name() {
        for (kind, action, expected) in [
            ("AggregationEvent", "ADD", Meaning::Pack),
            ("AggregationEvent", "DELETE", Meaning::Unpack),
            ("AggregationEvent", "OBSERVE", Meaning::Keep),
            ("TransactionEvent", "ADD", Meaning::Keep),
            ("AssociationEvent", "ADD", Meaning::Keep),
            (
                "TransformationEvent",
                "",
                Meaning::Refuse(Refusal::Transformation),
            ),
        ] {
            assert_eq!(meaning_of(kind, action, "other", None), expected, "{kind}");
        }
        let (code, words) = Refusal::Transformation.words();
        assert_eq!(code, "transformation_event_refused");
        assert!(words.contains("TransformationEvent"));
    }
}
