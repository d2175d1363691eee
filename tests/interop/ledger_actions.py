"""Bodies of actions by docs/ledger-format.md, section 4, from their JSON form."""

from ledger_changes import change
from ledger_format import check_equal, date, i16, load, number_of, option, run_name, sequence
from ledger_format import short_text, text, u16, u32, unhex

KINDS = {
    1: "register_product", 2: "update_product", 3: "withdraw_product",
    16: "commission_run", 17: "close_lot", 18: "recall_lot", 19: "amend_lot",
    32: "pack", 33: "unpack",
    48: "ship", 49: "cancel_shipment", 50: "receive", 51: "reject",
    64: "dispense", 65: "dispense_partially", 66: "reactivate", 67: "lock", 68: "unlock",
    69: "decommission",
    80: "anchor_digest", 81: "report_condition",
    96: "propose_change", 97: "approve_change", 98: "enact_change", 99: "withdraw_change",
}  # fmt: skip
REASONS = {
    "receive": "short damaged wrong suspect",
    "reject": "not_ordered not_arrived damaged condition suspect other",
    "reactivate": "not_dispensed found",
    "lock": "suspect damage condition quality order",
    "decommission": "destroyed exported sample free_sample stolen missing damaged checked_out",
}


def pack_sets(sets):
    return sequence(
        run_name(one["run"])
        + sequence(u32(part["first"]) + u32(part["count"]) for part in one["ranges"])
        for one in sets
    )


def units(sscc):
    return sequence(one.encode() for one in sscc)


def lot(action):
    return action["gtin"].encode() + short_text(action["lot"])


def product(action):
    storage = action["storage"]
    if storage is not None:
        storage = i16(storage["celsius_tenths_min"]) + i16(storage["celsius_tenths_max"])
    return (
        action["gtin"].encode()
        + text(action["name"])
        + text(action["strength"])
        + text(action["form"])
        + u32(action["pack_size"])
        + option(storage)
        + sequence(country.encode() for country in action["markets"])
    )


def commission(action):
    return (
        lot(action)
        + u16(action["number"])
        + date(action["expiry"])
        + date(action["manufactured"])
        + sequence(map(unhex, action["keys"]))
    )


def unpack(action):
    contents = action["contents"]
    if contents == "all":
        return action["sscc"].encode() + b"\0"
    some = contents["some"]
    return action["sscc"].encode() + b"\1" + pack_sets(some["packs"]) + units(some["units"])


def ship(action):
    purpose = number_of(action["purpose"], "supply return destruction")
    return unhex(action["to"]) + purpose + pack_sets(action["packs"]) + units(action["units"])


def exception(part):
    reason = number_of(part["reason"], REASONS["receive"])
    return pack_sets(part["packs"]) + units(part["units"]) + reason


def body(kind, action):
    match kind:
        case "register_product":
            return product(action)
        case "commission_run":
            return commission(action)
        case "close_lot":
            return lot(action)
        case "recall_lot":
            # Classes are numbered from one.
            recall_class = bytes(["one two three".split().index(action["class"]) + 1])
            return lot(action) + recall_class + unhex(action["notice"])
        case "pack":
            return action["sscc"].encode() + pack_sets(action["packs"]) + units(action["units"])
        case "unpack":
            return unpack(action)
        case "ship":
            return ship(action)
        case "cancel_shipment":
            return unhex(action["shipment"])
        case "receive":
            return unhex(action["shipment"]) + sequence(map(exception, action["except"]))
        case "reject":
            return unhex(action["shipment"]) + number_of(action["reason"], REASONS[kind])
        case "dispense" | "unlock":
            return pack_sets(action["packs"])
        case "reactivate" | "lock" | "decommission":
            return pack_sets(action["packs"]) + number_of(action["reason"], REASONS[kind])
        case "anchor_digest":
            kinds = "document event error_declaration access_log"
            return number_of(action["kind"], kinds) + unhex(action["digest"])
        case "propose_change":
            return change(action["change"])
        case "approve_change" | "withdraw_change":
            return unhex(action["id"])
        case "enact_change":
            return unhex(action["id"]) + change(action["change"])
    raise SystemExit(f"an action of kind {kind} has no layout in the document")


def check_actions():
    vectors = load("ledger", "actions")
    known = {kind["number"]: kind["name"] for kind in vectors["kinds"]}
    if known != KINDS:
        raise SystemExit("the numbers of the kinds differ from the document")
    numbers = {name: number for number, name in KINDS.items()}
    for vector in vectors["actions"]:
        kind = vector["kind"]
        found = body(kind, vector["input"])
        check_equal(f"body of {kind}", found, vector["body"])
        action = u16(numbers[kind]) + u32(len(found)) + found
        check_equal(f"action {kind}", action, vector["action"])
