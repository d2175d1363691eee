#!/usr/bin/env python3
"""Computes the golden vectors a second time, from docs/ledger-format.md alone.

Shares no code with the project and needs the standard library only. Run from anywhere:
`python3 tests/interop/check_ledger_vectors.py`; it exits 0 when every vector agrees. Section 12 of
the document says what is checked. The vectors of `crates/consensus/tests/vectors/codec.json` are
messages between validators, which the document leaves out.
"""

import struct
import sys

# The modules beside this file leave nothing behind in the tree.
sys.dont_write_bytecode = True

import ed25519
from ledger_actions import check_actions
import ledger_changes
from ledger_format import CRATES, READ, check, check_equal, digest, leaf, load, root, run_name
from ledger_format import sequence, short_text, u16, u32, u64, unhex
from signed_vectors import check_digests, check_keys_and_signatures, check_requests
from signed_vectors import check_validator, check_votes, public_key
from state_vectors import check_genesis_state, check_state

STATUSES = "active dispensed locked destroyed exported stolen missing damaged".split()
LEFT_OUT = {CRATES / "consensus" / "tests" / "vectors" / "codec.json"}


def next_history(previous, height, index, transaction):
    return digest("history", previous + u64(height) + u32(index) + transaction)


def check_identifiers():
    vectors = load("ledger", "identifiers")
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
    for vector in load("ledger", "state_keys"):
        match vector["record"]:
            case "organisation" | "account" | "shipment" | "change":
                name = unhex(vector["id"])
            case "key" | "seat":
                name = unhex(vector["public_key"])
            case "product":
                name = vector["gtin"].encode()
            case "lot":
                name = vector["gtin"].encode() + short_text(vector["lot"])
            case "run":
                name = run_name(vector["run"])
            case "chunk":
                name = run_name(vector["run"]) + u32(vector["number"])
            case "prefixes":
                name = vector["digits"].encode()
            case "unit":
                name = vector["sscc"].encode()
            case _:
                name = b""
        check_equal(vector["record"], digest("key/" + vector["record"], name), vector["key"])


def identity_leaves(pairs):
    return [leaf(key + u32(position)) for key, position in pairs]


def check_leaves(what, found, expected):
    check(f"the leaves of {what}", [one.hex() for one in found] == expected)


def check_identities():
    for vector in load("ledger", "identities")["lists"]:
        pairs = [(unhex(key), position) for position, key in enumerate(vector["keys"])]
        check_leaves("identities", identity_leaves(pairs), vector["leaves_in_production_order"])
        leaves = identity_leaves(sorted(pairs))
        check_leaves("identities", leaves, vector["leaves_sorted_by_key"])
        check_equal("identity root", root(leaves), vector["identity_root"])


def read_path(data):
    """(index, count, siblings) of a Merkle path."""
    index, count, length = struct.unpack_from("<III", data)
    check("the length of a path", len(data) == 12 + 32 * length)
    return index, count, [data[12 + 32 * at : 44 + 32 * at] for at in range(length)]


def root_by_path(data, of_leaf):
    """The root that a path gives; None where the path does not fit its position."""
    index, count, siblings = read_path(data)
    if index >= count:
        return None
    # From the root down: whether the leaf is on the right, until it is alone.
    turns = []
    while count > 1:
        split = 1 << (count - 1).bit_length() - 1
        turns.append(index >= split)
        index, count = (index - split, count - split) if index >= split else (index, split)
    if len(turns) != len(siblings):
        return None
    for on_right, sibling in zip(reversed(turns), siblings):
        pair = sibling + of_leaf if on_right else of_leaf + sibling
        of_leaf = digest("merkle-inner", pair)
    return of_leaf


def check_merkle():
    vectors = load("crypto", "merkle")
    for size, vector in enumerate(vectors["trees"]):
        leaves = [leaf(u32(number)) for number in range(size)]
        check_leaves("a Merkle tree", leaves, vector["leaves"])
        check_equal("Merkle root", root(leaves), vector["root"])
        check("a path of each leaf", len(vector["paths"]) == size)
        for index, path in enumerate(vector["paths"]):
            check("the place of a path", read_path(unhex(path))[:2] == (index, size))
            check_equal("root by a path", root_by_path(unhex(path), leaves[index]), vector["root"])
    for vector in vectors["refused"]:
        found = root_by_path(unhex(vector["bytes"]), unhex(vector["leaf"]))
        check(f"refusing {vector['why']}", found != unhex(vector["root"]))


def check_transactions():
    vectors = load("ledger", "transactions")
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
        parts = (vector["signer"], vector["id"], vector["signature"])
        check("the signature of a transaction", ed25519.verify(*map(unhex, parts)))
        check_equal("signed digest", digest("signed-transaction", signed), vector["signed_digest"])
        leaves.append(leaf(digest("signed-transaction", signed)))
        check_equal("leaf of a transaction", leaves[-1], vector["leaf"])
    check_equal("key", public_key(unhex(vectors["signing_key_seed"])), vector["signer"])
    blocks = load("ledger", "blocks")
    for count, vector in enumerate(blocks["transactions_roots"]):
        check_leaves("transactions", leaves[:count], vector["leaves"])
        check_equal("transactions root", root(leaves[:count]), vector["root"])
    for details in vectors["details"]:
        parts = (details["salt"], details["event_hash"], details["ciphertext_digest"])
        check_equal("details", digest("details", b"".join(map(unhex, parts))), details["details"])


def validators_bytes(validators):
    members = b"".join(unhex(member["key"]) + u64(member["power"]) for member in validators)
    return u32(len(validators)) + members


def check_blocks():
    vectors = load("ledger", "blocks")
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
    signed = load("ledger", "transactions")["transactions"][: header["transaction_count"]]
    block = found + sequence(unhex(one["signed_transaction"]) for one in signed)
    check_equal("block", block, vectors["block_bytes"])
    members = validators_bytes(vectors["validators"])
    check_equal("validators", members, vectors["validators_bytes"])
    check_equal("validators digest", digest("validators", members), vectors["validators_digest"])


def anchor_bytes(anchor):
    return (
        u32(anchor["protocol"])
        + u64(anchor["time"])
        + validators_bytes(anchor["validators"])
        + ledger_changes.parameters(anchor["parameters"])
        + unhex(anchor["state_root"])
    )


def check_genesis():
    vectors = load("ledger", "genesis")
    anchor = vectors["anchor"]
    check_equal("anchor", anchor_bytes(anchor), vectors["anchor_bytes"])
    check_equal("chain id", digest("genesis", anchor_bytes(anchor)), vectors["chain_id"])
    for vector in vectors["state"]:
        check_tree_value(vector["record"])
    validators = validators_bytes(anchor["validators"])
    check_genesis_state(vectors, validators, ledger_changes.parameters(anchor["parameters"]))


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
    at, homes, entries = 4, [], []
    for _ in range(count):
        length = {0: 33, 1: 19, 2: 33}[stored[at]] + 32
        homes.append(stored[at : at + length])
        at += length
    (count,) = struct.unpack_from("<I", stored, at)
    at, named = at + 4, []
    for _ in range(count):
        repeats, public, home = stored[at], stored[at + 1 : at + 10], stored[at + 10]
        private = homes[home] + stored[at + 11 : at + 43]
        at += 43
        named += [home] if home not in named else []
        entries += [(public, private)] * repeats
    is_listed = named == list(range(len(homes))) and len(set(homes)) == len(homes)
    if at != len(stored) or len(entries) != 128 or not is_listed:
        raise SystemExit("a chunk's stored list is not canonical")
    return entries


def check_chunk_root(record, number, expected=None):
    entries = enumerate(read_entries(unhex(record["attached"])))
    leaves = [entry_leaf(*entry, number * 128 + place) for place, entry in entries]
    if expected is not None:
        check_leaves("a chunk", leaves, expected)
    check_equal("chunk root", root(leaves), record["public"])
    check_tree_value(record)


def check_chunks():
    vectors = load("ledger", "chunks")
    check_tree_value(vectors["run"])
    for vector in [vectors["untouched"], *vectors["entries"]]:
        public, private = entry_bytes(vector["entry"])
        check_equal("entry, public", public, vector["public"])
        check_equal("entry, private", private, vector["private"])
        check_equal("entry leaf", entry_leaf(public, private, vector["position"]), vector["leaf"])
    for vector in vectors["chunks_with_two_dispensed"]:
        check_chunk_root(vector["record"], vector["number"], vector["leaves"])


def check_execution():
    story = load("ledger", "execution")
    first = story["blocks"][0]
    created, commissioned = (unhex(item["id"]) for item in first["transactions"])
    endings = [write["record"]["private"][-64:] for write in first["writes"]]
    salt, height = unhex(story["salt"]), first["height"]
    of_product = next_history(salt, height, 0, created).hex()
    of_lot_and_run = next_history(salt, height, 1, commissioned).hex()
    if sorted(endings) != sorted([of_product, of_lot_and_run, of_lot_and_run]):
        raise SystemExit("the first histories of product, lot and run differ")
    chain = digest("genesis", anchor_bytes(story["anchor"]))
    for block in story["blocks"]:
        for vector in block["transactions"]:
            check_signed(chain, vector)
        for write in block["writes"]:
            if write["record"]["attached"]:
                check_chunk_root(write["record"], 0)
            else:
                check_tree_value(write["record"])


def check_signed(chain, vector):
    signed = unhex(vector["signed_transaction"])
    transaction, signature = signed[:-64], signed[-64:]
    found = digest("transaction", chain + transaction)
    check_equal("transaction id", found, vector["id"])
    check("the signature of a transaction", ed25519.verify(transaction[:32], found, signature))


def check_nothing_is_left_out():
    crates = ("crypto", "ledger", "proof", "consensus", "http")
    files = {path for crate in crates for path in CRATES.glob(f"{crate}/tests/vectors/*.json")}
    for path in sorted(files - READ - LEFT_OUT):
        raise SystemExit(f"{path.relative_to(CRATES)}: nothing checks this file")


def main():
    check_keys_and_signatures()
    check_digests()
    check_actions()
    check_identifiers()
    check_state_keys()
    check_identities()
    check_merkle()
    check_transactions()
    check_blocks()
    check_genesis()
    check_chunks()
    check_execution()
    check_state()
    check_votes()
    check_requests()
    check_validator()
    check_nothing_is_left_out()
    print("every vector agrees with docs/ledger-format.md")


if __name__ == "__main__":
    main()
