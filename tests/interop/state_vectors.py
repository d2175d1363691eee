"""Records of genesis, roots of the state tree and proofs of state: sections 3, 5 and 6."""

import hashlib

from ledger_format import check, check_equal, digest, i32, load, number_of, option, sequence
from ledger_format import short_text, text, u32, u64, unhex

EMPTY = b"SPARSE_MERKLE_PLACEHOLDER_HASH__"
DEPTH_MAX = 256
ROLES = "manufacturer distributor pharmacy regulator authority disposal"
PURPOSES = "custody request vote recovery"


def sha3(*parts):
    return hashlib.sha3_256(b"".join(parts)).digest()


def tree_leaf(key, value_hash):
    return sha3(b"JMT::LeafNode", key, value_hash)


def tree_inner(left, right):
    return sha3(b"JMT::IntrnalNode", left, right)


def bit(key, depth):
    return key[depth // 8] >> (7 - depth % 8) & 1


def tree_root(leaves, depth=0):
    """The root over a dictionary of values by key."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        ((key, value),) = leaves.items()
        return tree_leaf(key, sha3(value))
    halves = [
        {key: value for key, value in leaves.items() if bit(key, depth) == side}
        for side in (0, 1)
    ]
    return tree_inner(*(tree_root(half, depth + 1) for half in halves))


class Malformed(Exception):
    """Bytes that are no proof."""


class Bytes:
    """Bytes to be used up."""

    def __init__(self, data):
        self.data = data

    def take(self, count):
        if len(self.data) < count:
            raise Malformed("bytes are missing")
        taken, self.data = self.data[:count], self.data[count:]
        return taken


def decode_proof(data):
    """(end, siblings): the end is "leaf", "empty" or (key, value hash) of another leaf."""
    data = Bytes(data)
    (kind,) = data.take(1)
    if kind > 2:
        raise Malformed("an end of no kind")
    end = (data.take(32), data.take(32)) if kind == 2 else ("leaf", "empty")[kind]
    depth = int.from_bytes(data.take(2), "little")
    if depth > DEPTH_MAX:
        raise Malformed("more steps than a key has bits")
    bitmap = int.from_bytes(data.take((depth + 7) // 8), "little")
    if bitmap >> depth:
        raise Malformed("a spare bit is set")
    siblings = [data.take(32) if bitmap >> place & 1 else None for place in range(depth)]
    if EMPTY in siblings:
        raise Malformed("an empty sibling is listed")
    if data.data:
        raise Malformed("bytes are left over")
    return end, [sibling or EMPTY for sibling in siblings]


def shared_bits(left, right):
    return next((depth for depth in range(DEPTH_MAX) if bit(left, depth) != bit(right, depth)), 256)


def proves(data, state_root, key, value):
    """Whether a proof shows that `key` has `value`, or no value when that is None."""
    end, siblings = decode_proof(data)
    if (value is not None) != (end == "leaf"):
        return False
    if end == "leaf":
        found = tree_leaf(key, sha3(value))
    elif end == "empty":
        found = EMPTY
    else:
        other, value_hash = end
        if other == key or shared_bits(other, key) < len(siblings):
            return False
        found = tree_leaf(other, value_hash)
    for depth in reversed(range(len(siblings))):
        sides = (siblings[depth], found) if bit(key, depth) else (found, siblings[depth])
        found = tree_inner(*sides)
    return found == state_root


def check_proof(vector, leaves, state_root):
    key, data = unhex(vector["key"]), unhex(vector["bytes"])
    value = leaves.get(key)
    check(f"the value of {vector['key']}", vector["value"] == (None if value is None else value.hex()))
    check(f"the proof of {vector['key']}", proves(data, state_root, key, value))
    end, _ = decode_proof(data)
    if vector["end"] == "other":
        other = vector["other"]
        check("the other leaf", end == (unhex(other["key"]), unhex(other["value_hash"])))
    else:
        check("the end of a proof", end == vector["end"])


def read_records(records):
    return {unhex(one["key"]): unhex(one["record"]["tree_value"]) for one in records}


def check_state():
    vectors = load("proof", "state")
    hashes = vectors["hashes"]
    value_hash = sha3(unhex(hashes["value"]))
    check_equal("value hash", value_hash, hashes["value_hash"])
    found = tree_leaf(unhex(hashes["key"]), value_hash)
    check_equal("leaf of the state tree", found, hashes["leaf"])
    check_equal("inner node", tree_inner(found, found), hashes["inner_of_leaf_and_leaf"])
    for tree in vectors["trees"]:
        leaves = {unhex(one["key"]): unhex(one["value"]) for one in tree["leaves"]}
        check_equal(f"root of {tree['tree']}", tree_root(leaves), tree["root"])
        for proof in tree["proofs"]:
            check_proof(proof, leaves, unhex(tree["root"]))
    check_story(vectors["story"])
    for vector in vectors["malformed"]:
        try:
            decode_proof(unhex(vector["bytes"]))
        except Malformed:
            continue
        raise SystemExit(f"a malformed proof was read: {vector['why']}")
    for vector in vectors["refused"]:
        value = None if vector["value"] is None else unhex(vector["value"])
        claim = unhex(vector["root"]), unhex(vector["key"]), value
        check(f"refusing {vector['why']}", not proves(unhex(vector["bytes"]), *claim))


def check_story(heights):
    """The root over the records of genesis is the anchor's; then each block's writes follow."""
    genesis, story = load("ledger", "genesis"), load("ledger", "execution")
    leaves = read_records(genesis["state"])
    roots = [(0, story["anchor"]["state_root"], {})]
    roots += [(block["height"], block["state_root"], block) for block in story["blocks"]]
    check("the heights of the story", [one["height"] for one in heights] == [r[0] for r in roots])
    check("the anchor of genesis", genesis["anchor"] == story["anchor"])
    for (height, expected, block), vector in zip(roots, heights):
        leaves |= read_records(block.get("writes", []))
        check_equal(f"root after block {height}", tree_root(leaves), expected)
        check_equal(f"root of the proofs of block {height}", unhex(expected), vector["root"])
        check(f"the records after block {height}", len(leaves) == vector["records"])
        for proof in vector["proofs"]:
            check_proof(proof, leaves, unhex(expected))


def numbers(values, names):
    return sequence(number_of(value, names) for value in values)


def organisation_halves(one, salt):
    public = (
        text(one["legal_name"])
        + numbers(one["roles"], ROLES)
        + sequence(map(text, one["licences"]))
        + b"\0"
        + sequence(map(short_text, one["gs1_prefixes"]))
    )
    return public, text(one["service_address"]) + salt


def account_fields(one):
    place = one["place"]
    return (
        unhex(one["organisation"])
        + one["gln"].encode()
        + text(one["name"])
        + i32(place["latitude"])
        + i32(place["longitude"])
        + one["country"].encode()
        + numbers(one["roles"], ROLES)
    )


def key_halves(one, salt):
    public = numbers(one["purposes"], PURPOSES) + u64(0) + option(None) + option(None)
    return public, unhex(one["account"]) + salt


def genesis_bytes(records):
    organisations = (
        unhex(one["id"])
        + text(one["legal_name"])
        + numbers(one["roles"], ROLES)
        + sequence(map(text, one["licences"]))
        + sequence(map(short_text, one["gs1_prefixes"]))
        + text(one["service_address"])
        for one in records["organisations"]
    )
    accounts = (unhex(one["id"]) + account_fields(one) for one in records["accounts"])
    keys = (
        unhex(one["key"]) + unhex(one["account"]) + numbers(one["purposes"], PURPOSES)
        for one in records["keys"]
    )
    return unhex(records["salt"]) + sequence(organisations) + sequence(accounts) + sequence(keys)


def prefix_buckets(organisations):
    """Prefixes and their owners by the first four digits."""
    pairs = sorted(
        (prefix, unhex(one["id"])) for one in organisations for prefix in one["gs1_prefixes"]
    )
    buckets = {}
    for prefix, owner in pairs:
        buckets.setdefault(prefix[:4].encode(), []).append(short_text(prefix) + owner)
    return buckets


def check_genesis_state(vectors, validators, parameters):
    """The records of height 0 from the members' half of genesis, and the root over them."""
    records = vectors["records"]
    check_equal("records of genesis", genesis_bytes(records), vectors["records_bytes"])
    salt, halves = unhex(records["salt"]), {}
    for one in records["organisations"]:
        halves[digest("key/organisation", unhex(one["id"]))] = organisation_halves(one, salt)
    for one in records["accounts"]:
        private = account_fields(one) + b"\0" + salt
        halves[digest("key/account", unhex(one["id"]))] = (b"", private)
    for one in records["keys"]:
        halves[digest("key/key", unhex(one["key"]))] = key_halves(one, salt)
    for bucket, owners in prefix_buckets(records["organisations"]).items():
        halves[digest("key/prefixes", bucket)] = (b"", sequence(owners) + salt)
    halves[digest("key/validators", b"")] = (validators, b"")
    halves[digest("key/parameters", b"")] = (parameters, b"")
    listed = {unhex(one["key"]): one["record"] for one in vectors["state"]}
    check("the keys of genesis", listed.keys() == halves.keys())
    for key, (public, private) in halves.items():
        check_equal("public half", public, listed[key]["public"])
        check_equal("private half", private, listed[key]["private"])
    values = {key: public + digest("private", private) for key, (public, private) in halves.items()}
    check_equal("root over genesis", tree_root(values), vectors["anchor"]["state_root"])
