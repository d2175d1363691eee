"""Layouts of evidence and of trust files, in both forms: docs/ledger-format.md, sections 1, 5, 6, 13."""

import datetime
import json
import re
import unicodedata
from collections import namedtuple

from ledger_format import digest, u16, u32, unhex
from state_vectors import DEPTH_MAX, EMPTY, ROLES, Bytes, decode_proof

BUNDLE_BYTES_MAX, BUNDLE_JSON_BYTES_MAX, TRUST_BYTES_MAX = 524_288, 2_097_152, 65_536


class Invalid(ValueError):
    """Evidence that does not hold, or is none; `check` names what failed, where it has a name here."""

    def __init__(self, why, check=None):
        super().__init__(why)
        self.check = check


def demand(holds, why, check=None):
    if not holds:
        raise Invalid(why, check)


# A form reads a value, as its JSON says it, off canonical bytes, and judges it; it writes the bytes
# of a value from JSON, and there judges no more than the types of JSON: what is written is read.
Form = namedtuple("Form", "read write")


def typed(value, kind):
    demand(type(value) is kind, f"{value!r:.80} where a {kind.__name__} belongs")
    return value


def integer(width):
    return Form(
        lambda data: int.from_bytes(data.take(width), "little"),
        lambda value: typed(value, int).to_bytes(width, "little"),
    )


def hexadecimal(width):
    def write(value):
        fits = re.fullmatch("[0-9a-fA-F]*", typed(value, str)) and len(value) == 2 * width
        demand(fits, f"{value!r:.80} is not the hexadecimal form of {width} bytes")
        return unhex(value)

    return Form(lambda data: bytes(data.take(width)).hex(), write)


def ascii_text(width, pattern, judge=lambda found: True):
    """Characters of a pattern: so many, or as many as a u8 says where no width is given."""

    def read(data):
        found = bytes(data.take(width or data.take(1)[0])).decode("ascii")
        demand(re.fullmatch(pattern, found) and judge(found), f"{found!r} breaks the rules of its kind")
        return found

    def write(value):
        encoded = typed(value, str).encode("ascii")
        demand(width in (None, len(encoded)), f"{value!r:.80} does not have {width} characters")
        return encoded if width else bytes([len(encoded)]) + encoded

    return Form(read, write)


def text(bound):
    def read(data):
        length = U32.read(data)
        demand(length <= bound, "a text is too long")
        found = bytes(data.take(length)).decode()
        control = any(unicodedata.category(one) == "Cc" for one in found)
        demand(not control and found == found.strip(), f"{found!r} breaks the rules of texts")
        return found

    def write(value):
        encoded = typed(value, str).encode()
        return u32(len(encoded)) + encoded

    return Form(read, write)


def items(item, bound, judge=lambda found: True):
    def read(data):
        count = U32.read(data)
        demand(count <= bound, f"{count} items where {bound} are allowed")
        found = [item.read(data) for _ in range(count)]
        demand(judge(found), "a list is not in its order, or breaks another rule of its kind")
        return found

    return Form(read, lambda value: u32(len(typed(value, list))) + b"".join(map(item.write, value)))


def option(item):
    def read(data):
        present = data.take(1)[0]
        demand(present < 2, "an option that is neither absent nor there")
        return item.read(data) if present else None

    return Form(read, lambda value: b"\0" if value is None else b"\1" + item.write(value))


def fields(layout):
    """A structure: pairs of a name and a form; `?` stands for an option."""
    pairs = dict(pair.split() for pair in layout.split(","))
    forms = {
        name: option(FORMS[form[:-1]]) if form.endswith("?") else FORMS[form]
        for name, form in pairs.items()
    }

    def write(value):
        demand(typed(value, dict).keys() == forms.keys(), f"fields other than {list(forms)}")
        return b"".join(form.write(value[name]) for name, form in forms.items())

    return Form(lambda data: {name: form.read(data) for name, form in forms.items()}, write)


def cases(forms, first=0):
    """An enumeration: forms by name, in the order of the numbers; None for a case without fields."""
    names = list(forms)

    def read(data):
        number = data.take(1)[0] - first
        demand(0 <= number < len(names), "an enumeration has no such case")
        form = forms[names[number]]
        return {names[number]: form.read(data)} if form else names[number]

    def write(value):
        name, content = value, None
        if type(value) is dict and len(value) == 1:
            ((name, content),) = value.items()
        demand(typed(name, str) in forms, f"{name!r:.80} is none of {names}")
        form = forms[name]
        demand((form is None) == (name is value), f"{name} in another form")
        return bytes([first + names.index(name)]) + (form.write(content) if form else b"")

    return Form(read, write)


def words(names, first=0):
    return cases(dict.fromkeys(names.split()), first)


def read_date(data):
    return datetime.date(FORMS["u16"].read(data), *data.take(2)).isoformat()


def write_date(value):
    demand(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", typed(value, str)), f"{value!r:.80} is no date")
    return u16(int(value[:4])) + bytes([int(value[5:7]), int(value[8:])])


def read_proof(data):
    start, kind = data.data, data.take(1)[0]
    data.take(64 if kind == 2 else 0)
    bitmap = data.take((FORMS["u16"].read(data) + 7) // 8)
    data.take(32 * sum(byte.bit_count() for byte in bitmap))
    end, siblings = decode_proof(bytes(start[: len(start) - len(data.data)]))
    if kind == 2:
        end = {"other": {"key": end[0].hex(), "value_hash": end[1].hex()}}
    return {"end": end, "siblings": [None if one == EMPTY else one.hex() for one in siblings]}


def write_proof(value):
    demand(typed(value, dict).keys() == {"end", "siblings"}, "a proof with other fields")
    siblings = typed(value["siblings"], list)
    demand(len(siblings) <= DEPTH_MAX, "a proof is too deep")
    bitmap = sum(1 << place for place, one in enumerate(siblings) if one is not None)
    listed = b"".join(FORMS["digest"].write(one) for one in siblings if one is not None)
    path = u16(len(siblings)) + bitmap.to_bytes((len(siblings) + 7) // 8, "little") + listed
    return FORMS["end"].write(value["end"]) + path


def read_lot_state(data):
    state = FORMS["lot_case"].read(data)
    return {"state": state} if type(state) is str else {"state": "recalled"} | state["recalled"]


def write_lot_state(value):
    content = dict(typed(value, dict))
    name = typed(content.pop("state", None), str)
    return FORMS["lot_case"].write({name: content} if content else name)


def is_checked(digits):
    """Whether the last digit is the check digit of a GTIN."""
    return sum(int(digit) * (1, 3)[place % 2] for place, digit in enumerate(digits[::-1])) % 10 == 0


def ascending(values):
    return all(left < right for left, right in zip(values, values[1:]))


def is_set(members):
    powers = [one["power"] for one in members]
    ordered = ascending([one["key"] for one in members])
    return ordered and powers and min(powers) > 0 and sum(powers) < 2**63


def ordered_roles(roles):
    return ascending([ROLES.split().index(role) for role in roles])


U32 = integer(4)
FORMS = {"u16": integer(2), "u32": U32, "u64": integer(8), "date": Form(read_date, write_date)}
FORMS |= {"digest": hexadecimal(32), "signature": hexadecimal(64), "pack_key": hexadecimal(16)}
FORMS["gtin"] = ascii_text(14, "[0-9]{14}", is_checked)
FORMS["lot_name"] = ascii_text(None, r"""[A-Za-z0-9!"%&'()*+,\-./:;<=>?_]{1,20}""")
FORMS |= {"name": text(200), "text": text(120), "licences": items(text(120), 16)}
FORMS["prefixes"] = items(ascii_text(None, "[0-9]{4,12}"), 64)
FORMS["countries"] = items(ascii_text(2, "[A-Z]{2}"), 250)
FORMS["roles"] = items(words(ROLES), 6, ordered_roles)
FORMS["standing"] = words("good suspended")
FORMS["class"] = words("one two three", first=1)
FORMS["status"] = words("active dispensed locked destroyed exported stolen missing damaged")
FORMS["other"] = fields("key digest, value_hash digest")
FORMS["end"] = cases({"leaf": None, "empty": None, "other": FORMS["other"]})
FORMS["proof"] = Form(read_proof, write_proof)
FORMS["validators"] = items(fields("key digest, power u64"), 64, is_set)
FORMS["rule"] = fields("numerator u16, denominator u16, notice_ms u64")
FORMS["voting"] = fields(
    "membership rule, standing rule, keys rule, validators rule, parameters rule"
)
FORMS["parameters"] = fields(
    "signature_rule u16, idle_block_ms u32, propose_timeout_ms u32, prevote_timeout_ms u32,"
    "precommit_timeout_ms u32, timeout_delta_ms u32, block_bytes_max u32, block_work_max u32,"
    "validators_min u16, voting voting, change_lifetime_ms u64, recovery_delay_ms u64"
)
FORMS["anchor"] = fields(
    "protocol u32, time u64, validators validators, parameters parameters, state_root digest"
)
FORMS["checkpoint"] = fields(
    "chain_id digest, height u64, block digest, time u64, next_validators validators"
)
FORMS["header"] = fields(
    "protocol u32, chain_id digest, height u64, time u64, parent digest, proposer digest,"
    "transactions_root digest, transaction_count u32, state_root digest, validators digest,"
    "next_validators digest"
)
FORMS["signatures"] = items(fields("validator digest, signature signature"), 64)
FORMS["certificate"] = fields("height u64, round u32, block digest, signatures signatures")
FORMS["head"] = fields("header header, certificate certificate, signers validators?")
FORMS["steps"] = items(fields("head head, next validators"), 64)
FORMS["question"] = fields("gtin gtin, lot lot_name?, serial lot_name?, expiry date?")
FORMS["product"] = fields(
    "name name, strength text, form text, pack_size u32, owner digest, markets countries,"
    "withdrawn countries"
)
FORMS["organisation"] = fields(
    "legal_name name, roles roles, licences licences, standing standing, gs1_prefixes prefixes"
)
FORMS["recall"] = fields("class class, since u64, notice digest")
FORMS["lot_case"] = cases({"open": None, "closed": None, "recalled": FORMS["recall"]})
FORMS["lot_state"] = Form(read_lot_state, write_lot_state)
FORMS["lot"] = fields(
    "manufacturer digest, expiry date, manufactured date, state lot_state, runs u16"
)
FORMS["run"] = fields("identity_root digest, count u32, commissioned_at u64")
FORMS["entry"] = fields("status status, since u64")
for record in ("product", "organisation", "lot", "run"):
    FORMS[f"opened_{record}"] = fields(f"public {record}, private digest, proof proof")
FORMS |= {"path15": items(FORMS["digest"], 15), "path7": items(FORMS["digest"], 7)}
FORMS["identity"] = fields("position u32, index u32, path path15")
FORMS["neighbour"] = fields("key pack_key, proof identity")
FORMS["absence"] = fields("below neighbour?, above neighbour?")
FORMS["runs"] = items(fields("run opened_run, absence absence"), 64)
FORMS["evidence"] = cases(
    {
        "untouched": fields("chunk proof"),
        "touched": fields("root digest, chunk proof, entry entry, private digest, path path7"),
    }
)
FORMS["finding"] = cases(
    {
        "no_product": fields("product proof"),
        "no_lot": fields("product opened_product, lot proof"),
        "no_pack": fields("product opened_product, lot opened_lot, runs runs"),
        "lot": fields("product opened_product, maker opened_organisation, lot opened_lot"),
        "pack": fields(
            "product opened_product, maker opened_organisation, lot_name lot_name, lot opened_lot,"
            "run_number u16, run opened_run, identity identity, entry evidence"
        ),
    }
)
FORMS["bundle"] = fields(
    "version u16, question question, steps steps, head head, finding finding"
)


def encode(form, value):
    return FORMS[form].write(value)


def decode(form, data):
    data = Bytes(memoryview(data))
    value = FORMS[form].read(data)
    demand(not len(data.data), "bytes are left over")
    return value


def read_json(data, bound):
    """JSON whose objects name no field twice, without negative numbers and NaN."""

    def once(pairs):
        demand(len(dict(pairs)) == len(pairs), "a field is named twice")
        return dict(pairs)

    def refuse(number):
        raise Invalid(f"{number:.80} is no number of this format")

    def natural(number):
        return refuse(number) if number.startswith("-") else int(number)

    demand(len(data) <= bound, "the text is too long")
    hooks = {"parse_int": natural, "parse_float": refuse, "parse_constant": refuse}
    return json.loads(data.decode(), object_pairs_hook=once, **hooks)


def read_bundle(data):
    """The bundle of JSON or canonical bytes, in its JSON form."""
    if data.startswith(b"{"):
        data = encode("bundle", read_json(data, BUNDLE_JSON_BYTES_MAX))
    demand(len(data) <= BUNDLE_BYTES_MAX, "the bundle is too long")
    return decode("bundle", data)


def read_trust(data):
    """A trust file as a checkpoint."""
    value = typed(read_json(data, TRUST_BYTES_MAX), dict)
    if "chain_id" in value:
        return decode("checkpoint", encode("checkpoint", value))
    canonical = encode("anchor", value)
    anchor, chain = decode("anchor", canonical), digest("genesis", canonical).hex()
    place = {"chain_id": chain, "height": 0, "block": chain}
    return place | {"time": anchor["time"], "next_validators": anchor["validators"]}
