#!/usr/bin/env python3
"""Computes the golden vectors of the ledger from docs/ledger-format.md alone.

Shares no code with the project: only SHA3-256 and the layouts of the document. Run from anywhere:
`python3 tests/interop/check_ledger_vectors.py`; it exits 0 when every vector agrees.
"""

import hashlib
import json
import struct
from pathlib import Path

VECTORS = Path(__file__).resolve().parents[2] / "crates" / "ledger" / "tests" / "vectors"
STATUSES = "active dispensed locked destroyed exported stolen missing damaged".split()


def load(name):
    return json.loads((VECTORS / f"{name}.json").read_text())


def unhex(text):
    return bytes.fromhex(text)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def short_text(text):
    return bytes([len(text)]) + text.encode()


def run_name(run):
    return run["gtin"].encode() + short_text(run["lot"]) + u16(run["number"])


def digest(tag, data):
    return hashlib.sha3_256(b"theriac/" + tag.encode() + b"/v1\0" + data).digest()


def leaf(data):
    return digest("merkle-leaf", data)


def root(leaves):
    if not leaves:
        return digest("merkle-empty", b"")
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return digest("merkle-inner", root(leaves[:split]) + root(leaves[split:]))


def next_history(previous, height, index, transaction):
    return digest("history", previous + u64(height) + u32(index) + transaction)


def check_equal(what, found, expected):
    if found.hex() != expected:
        raise SystemExit(f"{what}: computed {found.hex()}, the vector says {expected}")


def check_identifiers():
    vectors = load("identifiers")
    for pack in vectors["pack_keys"]:
        key = digest("pack", (pack["gtin"] + pack["serial"]).encode())[:16]
        check_equal("pack key", key, pack["pack_key"])
    rest = vectors["rest_shipment"]
    check_equal("rest", digest("rest", unhex(rest["transaction"])), rest["shipment"])
    for step in vectors["history"]:
        previous, transaction = unhex(step["previous"]), unhex(step["transaction"])
        found = next_history(previous, step["height"], step["index"], transaction)
        check_equal("history", found, step["next"])
    check_equal("empty half", digest("private", b""), vectors["private_of_nothing"])


def check_state_keys():
    for vector in load("state_keys"):
        match vector["record"]:
            case "organisation" | "account" | "shipment":
                name = unhex(vector["id"])
            case "key":
                name = unhex(vector["public_key"])
            case "product":
                name = vector["gtin"].encode()
            case "lot":
                name = vector["gtin"].encode() + short_text(vector["lot"])
            case "run":
                name = run_name(vector["run"])
            case "chunk":
                name = run_name(vector["run"]) + u32(vector["number"])
            case "unit":
                name = vector["sscc"].encode()
            case _:
                name = b""
        check_equal(vector["record"], digest("key/" + vector["record"], name), vector["key"])


def check_identities():
    for vector in load("identities")["lists"]:
        pairs = sorted((unhex(key), position) for position, key in enumerate(vector["keys"]))
        found = root([leaf(key + u32(position)) for key, position in pairs])
        check_equal("identity root", found, vector["identity_root"])


def check_transactions():
    vectors = load("transactions")
    chain = unhex(vectors["chain_id"])
    leaves = []
    for vector in vectors["transactions"]:
        body = unhex(vector["action_body"])
        details = vector["details"]
        transaction = (
            unhex(vector["signer"])
            + unhex(vector["salt"])
            + u64(vector["valid_until"])
            + u16(vector["action_kind"])
            + u32(len(body))
            + body
            + (b"\0" if details is None else b"\1" + unhex(details))
        )
        check_equal("transaction", transaction, vector["transaction"])
        check_equal("transaction id", digest("transaction", chain + transaction), vector["id"])
        signed = transaction + unhex(vector["signature"])
        check_equal("signed transaction", signed, vector["signed_transaction"])
        leaves.append(leaf(digest("signed-transaction", signed)))
    blocks = load("blocks")
    for count, vector in enumerate(blocks["transactions_roots"]):
        check_equal("transactions root", root(leaves[:count]), vector["root"])
    for details in vectors["details"]:
        parts = (details["salt"], details["event_hash"], details["ciphertext_digest"])
        check_equal("details", digest("details", b"".join(map(unhex, parts))), details["details"])


def validators_bytes(validators):
    members = b"".join(unhex(member["key"]) + u64(member["power"]) for member in validators)
    return u32(len(validators)) + members


def check_blocks():
    vectors = load("blocks")
    header = vectors["header"]
    found = (
        u32(header["protocol"])
        + unhex(header["chain_id"])
        + u64(header["height"])
        + u64(header["time"])
        + unhex(header["parent"])
        + unhex(header["proposer"])
        + unhex(header["transactions_root"])
        + u32(header["transaction_count"])
        + unhex(header["state_root"])
        + unhex(header["validators"])
        + unhex(header["next_validators"])
    )
    check_equal("header", found, vectors["header_bytes"])
    check_equal("block digest", digest("block", found), vectors["digest"])
    members = validators_bytes(vectors["validators"])
    check_equal("validators", members, vectors["validators_bytes"])
    check_equal("validators digest", digest("validators", members), vectors["validators_digest"])


def check_genesis():
    vectors = load("genesis")
    anchor = vectors["anchor"]
    parameters = anchor["parameters"]
    timeouts = ("idle_block", "propose_timeout", "prevote_timeout", "precommit_timeout")
    found = (
        u32(anchor["protocol"])
        + u64(anchor["time"])
        + validators_bytes(anchor["validators"])
        + u16(parameters["signature_rule"])
        + b"".join(u32(parameters[f"{name}_ms"]) for name in timeouts)
        + u32(parameters["timeout_delta_ms"])
        + unhex(anchor["state_root"])
    )
    check_equal("anchor", found, vectors["anchor_bytes"])
    check_equal("chain id", digest("genesis", found), vectors["chain_id"])
    for vector in vectors["state"]:
        check_tree_value(vector["record"])


def check_tree_value(record):
    private = digest("private", unhex(record["private"]))
    check_equal("tree value", unhex(record["public"]) + private, record["tree_value"])


def entry_leaf(public, private, position):
    return leaf(public + digest("private", private + u32(position)))


def entry_bytes(entry):
    public = bytes([STATUSES.index(entry["public"]["status"])]) + u64(entry["public"]["since"])
    ((kind, name),) = entry["private"]["place"].items()
    number = ("account", "unit", "shipment").index(kind)
    place = bytes([number]) + (name.encode() if kind == "unit" else unhex(name))
    private = place + unhex(entry["private"]["by"]) + unhex(entry["private"]["history"])
    return public, private


def read_entries(stored):
    """The 128 entries of a chunk's stored list."""
    (count,) = struct.unpack_from("<I", stored)
    at, entries = 4, []
    for _ in range(count):
        repeats = stored[at]
        public = stored[at + 1 : at + 10]
        length = {0: 33, 1: 19, 2: 33}[stored[at + 10]] + 64
        private = stored[at + 10 : at + 10 + length]
        at += 10 + length
        entries += [(public, private)] * repeats
    if at != len(stored) or len(entries) != 128:
        raise SystemExit("a chunk's stored list is not canonical")
    return entries


def check_chunk_root(record, number):
    entries = enumerate(read_entries(unhex(record["attached"])))
    leaves = [entry_leaf(*entry, number * 128 + place) for place, entry in entries]
    check_equal("chunk root", root(leaves), record["public"])
    check_tree_value(record)


def check_chunks():
    vectors = load("chunks")
    for vector in [vectors["untouched"], *vectors["entries"]]:
        public, private = entry_bytes(vector["entry"])
        check_equal("entry, public", public, vector["public"])
        check_equal("entry, private", private, vector["private"])
        check_equal("entry leaf", entry_leaf(public, private, vector["position"]), vector["leaf"])
    for vector in vectors["chunks_with_two_dispensed"]:
        check_chunk_root(vector["record"], vector["number"])


def check_execution():
    story = load("execution")
    first = story["blocks"][0]
    created, commissioned = (unhex(item["id"]) for item in first["transactions"])
    endings = [write["record"]["private"][-64:] for write in first["writes"]]
    salt, height = unhex(story["salt"]), first["height"]
    of_product = next_history(salt, height, 0, created).hex()
    of_lot_and_run = next_history(salt, height, 1, commissioned).hex()
    if sorted(endings) != sorted([of_product, of_lot_and_run, of_lot_and_run]):
        raise SystemExit("the first histories of product, lot and run differ")
    for block in story["blocks"]:
        for write in block["writes"]:
            if write["record"]["attached"]:
                check_chunk_root(write["record"], 0)
            else:
                check_tree_value(write["record"])


def main():
    check_identifiers()
    check_state_keys()
    check_identities()
    check_transactions()
    check_blocks()
    check_genesis()
    check_chunks()
    check_execution()
    print("every vector agrees with docs/ledger-format.md")


if __name__ == "__main__":
    main()
