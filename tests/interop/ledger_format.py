"""Encodings, digests and Merkle trees of docs/ledger-format.md, sections 1 and 2."""

import hashlib
import json
import struct
from pathlib import Path

CRATES = Path(__file__).resolve().parents[2] / "crates"
READ = set()


def load(crate, name):
    """A file of vectors; what was read is remembered, so that none is left out."""
    path = CRATES / crate / "tests" / "vectors" / f"{name}.json"
    READ.add(path)
    return json.loads(path.read_text())


def check(what, holds):
    if not holds:
        raise SystemExit(f"{what}: does not hold")


def check_equal(what, found, expected):
    if found.hex() != expected:
        raise SystemExit(f"{what}: computed {found.hex()}, the vector says {expected}")


def unhex(text):
    return bytes.fromhex(text)


def u16(value):
    return struct.pack("<H", value)


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def i16(value):
    return struct.pack("<h", value)


def i32(value):
    return struct.pack("<i", value)


def text(value):
    """A u32 length in bytes, then UTF-8."""
    data = value.encode()
    return u32(len(data)) + data


def short_text(value):
    """A lot or a company prefix: a u8 length, then ASCII."""
    return bytes([len(value)]) + value.encode("ascii")


def sequence(items):
    items = list(items)
    return u32(len(items)) + b"".join(items)


def option(value):
    return b"\0" if value is None else b"\1" + value


def date(value):
    year, month, day = map(int, value.split("-"))
    return u16(year) + bytes([month, day])


def number_of(name, names):
    """The byte that stands for a case of an enumeration."""
    return bytes([names.split().index(name)])


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
