"""Changes of the consortium by docs/ledger-format.md, section 16, from their JSON form."""

from ledger_format import i32, number_of, sequence, short_text, text, u16, u32, u64, unhex

ROLES = "manufacturer distributor pharmacy regulator authority disposal"
PURPOSES = "custody request vote recovery"
CLASSES = "membership standing keys validators parameters"
TIMES = "idle_block propose_timeout prevote_timeout precommit_timeout timeout_delta"
KINDS = (
    "admit_organisation suspend_organisation restore_organisation update_organisation open_account "
    "close_account reopen_account register_key rotate_key retire_key revoke_key add_validator "
    "remove_validator update_seat set_parameters set_protocol"
)


def numbers(names, all_names):
    return sequence(number_of(name, all_names) for name in names)


def account(one):
    place = one["place"]
    return (
        unhex(one["account"])
        + one["gln"].encode()
        + text(one["name"])
        + i32(place["latitude"])
        + i32(place["longitude"])
        + one["country"].encode()
        + numbers(one["roles"], ROLES)
    )


def new_key(one):
    purposes = numbers(one["purposes"], PURPOSES)
    return unhex(one["key"]) + unhex(one["account"]) + purposes + unhex(one["possession"])


def organisation(one):
    return (
        unhex(one["organisation"])
        + text(one["legal_name"])
        + numbers(one["roles"], ROLES)
        + sequence(map(text, one["licences"]))
        + sequence(map(short_text, one["gs1_prefixes"]))
        + text(one["service_address"])
        + sequence(map(account, one["accounts"]))
        + sequence(map(new_key, one["keys"]))
    )


def update(one):
    return (
        unhex(one["organisation"])
        + numbers(one["roles"], ROLES)
        + sequence(map(text, one["licences"]))
        + sequence(map(short_text, one["added_prefixes"]))
        + text(one["service_address"])
    )


def seat(one):
    return unhex(one["network_key"]) + text(one["peer_address"]) + text(one["interface"])


def validator(one):
    head = unhex(one["validator"]) + unhex(one["account"]) + u64(one["power"])
    return head + seat(one["seat"]) + unhex(one["possession"])


def voting_rule(one):
    return u16(one["numerator"]) + u16(one["denominator"]) + u64(one["notice_ms"])


def parameters(one):
    return (
        u16(one["signature_rule"])
        + b"".join(u32(one[f"{name}_ms"]) for name in TIMES.split())
        + u32(one["block_bytes_max"])
        + u32(one["block_work_max"])
        + u16(one["validators_min"])
        + b"".join(voting_rule(one["voting"][name]) for name in CLASSES.split())
        + u64(one["change_lifetime_ms"])
        + u64(one["recovery_delay_ms"])
    )


def change(one):
    kind = one["kind"]
    return number_of(kind, KINDS) + content(kind, one)


def content(kind, one):
    match kind:
        case "admit_organisation":
            return organisation(one)
        case "suspend_organisation" | "restore_organisation":
            return unhex(one["organisation"])
        case "update_organisation":
            return update(one)
        case "open_account":
            return unhex(one["organisation"]) + account(one["opened"])
        case "close_account" | "reopen_account":
            return unhex(one["account"])
        case "register_key":
            return new_key(one)
        case "rotate_key":
            return unhex(one["old"]) + new_key(one["new"])
        case "retire_key":
            return unhex(one["key"])
        case "revoke_key":
            return unhex(one["key"]) + u64(one["compromised_since"])
        case "add_validator":
            return validator(one)
        case "remove_validator":
            return unhex(one["validator"])
        case "update_seat":
            return unhex(one["validator"]) + seat(one["seat"])
        case "set_parameters":
            return parameters(one["parameters"])
        case "set_protocol":
            return u32(one["protocol"])
    raise SystemExit(f"a change of kind {kind} has no layout in the document")
