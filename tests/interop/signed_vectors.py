"""What is signed beside transactions: sections 2, 9 and 10."""

import hashlib
import struct

import ed25519
from ledger_format import check, check_equal, digest, load, sequence, text, u32, u64, unhex


def public_key(seed):
    """The public key of a seed: RFC 8032 section 5.1.5."""
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & (2**254 - 8) | 2**254
    return ed25519.encode(ed25519.multiply(scalar, ed25519.BASE))


def check_seed(vector, key):
    check_equal("key of a seed", public_key(unhex(vector["signing_key_seed"])), key)


def check_signature(what, key, message, signature):
    check(f"the signature of {what}", ed25519.verify(unhex(key), message, unhex(signature)))


def check_keys_and_signatures():
    for vector in load("crypto", "keys"):
        found = ed25519.is_acceptable_key(unhex(vector["key"]))
        check(f"the judgement of {vector['what']}", found == vector["is_acceptable"])
    for vector in load("crypto", "signatures"):
        parts = (vector["key"], vector["message"], vector["signature"])
        found = ed25519.verify(*map(unhex, parts))
        check(f"the judgement of a signature: {vector['what']}", found == vector["counts"])


def check_digests():
    for vector in load("crypto", "digests"):
        found = digest(vector["tag"], vector["text"].encode())
        check_equal(vector["tag"], found, vector["digest"])
    for vector in load("crypto", "possession"):
        found = digest("possession", unhex(vector["nonce"]) + unhex(vector["key"]))
        check_seed(vector, vector["key"])
        check_equal("possession", found, vector["digest"])
        check_signature("possession", vector["key"], found, vector["signature"])
    for vector in load("http", "api_keys"):
        check_equal("API key", digest("api-key", vector["key"].encode()), vector["hash"])
    for vector in load("http", "service_requests"):
        path = vector["path"].encode()
        found = digest("service-request", u64(len(path)) + path + unhex(vector["content"]))
        check_equal("request to a service", found, vector["digest"])


def vote_bytes(chain, kind, height, round_number, block):
    return (
        b"theriac/vote/v1\0"
        + chain
        + struct.pack(">BQq", kind, height, round_number)
        + (bytes(33) if block is None else b"\1" + unhex(block))
    )


def check_votes():
    vectors = load("proof", "votes")
    chain = unhex(vectors["chain_id"])
    check_seed(vectors, vectors["public_key"])
    for vote in vectors["votes"]:
        found = vote_bytes(chain, vote["type"], vote["height"], vote["round"], vote["block"])
        check("the length of a vote", len(found) == 98)
        check_equal("vote", found, vote["bytes"])
        check_equal("digest of a vote", digest("vote", found), vote["digest"])
        check_signature("a vote", vectors["public_key"], unhex(vote["digest"]), vote["signature"])
    for one in vectors["proposals"]:
        rounds = struct.pack(">Qqq", one["height"], one["round"], one["pol_round"])
        found = b"theriac/proposal/v1\0" + chain + rounds + unhex(one["block"])
        check("the length of a proposal", len(found) == 108)
        check_equal("proposal", found, one["bytes"])
        check_equal("digest of a proposal", digest("proposal", found), one["digest"])
        signed = unhex(one["digest"])
        check_signature("a proposal", vectors["public_key"], signed, one["signature"])
    check_certificate(chain, vectors["certificate"])


def check_certificate(chain, vector):
    certificate = vector["certificate"]
    height, round_number, block = (certificate[name] for name in ("height", "round", "block"))
    signatures = certificate["signatures"]
    found = (
        u64(height)
        + u32(round_number)
        + unhex(block)
        + sequence(unhex(one["validator"]) + unhex(one["signature"]) for one in signatures)
    )
    check_equal("certificate", found, vector["bytes"])
    signers = [one["validator"] for one in signatures]
    check("the order of a certificate", signers == sorted(set(signers)))
    message = digest("vote", vote_bytes(chain, 2, height, round_number, block))
    powers = {one["key"]: one["power"] for one in vector["validators"]}
    for one in signatures:
        check_signature("a certificate", one["validator"], message, one["signature"])
    signed = sum(powers[one] for one in signers)
    check("the power of a certificate", 3 * signed > 2 * sum(powers.values()))


def check_requests():
    vectors = load("http", "requests")
    chain, key = unhex(vectors["chain_id"]), vectors["key"]
    check_seed(vectors, key)
    for one in vectors["requests"]:
        body = digest("request-body", unhex(one["body"]))
        check_equal("body of a request", body, one["body_digest"])
        fields = (
            unhex(key)
            + text(one["method"])
            + text(one["path_and_query"])
            + body
            + u64(one["time_ms"])
            + unhex(one["nonce"])
        )
        found = digest("request", chain + fields)
        check_equal("request", found, one["digest"])
        check_signature("a request", key, found, one["signature"])
        headers = {
            "Theriac-Key": key,
            "Theriac-Time": str(one["time_ms"]),
            "Theriac-Nonce": one["nonce"],
            "Theriac-Signature": one["signature"],
        }
        check("the headers of a request", one["headers"] == headers)


def check_validator():
    """What a validator signs on no chain, and the slots of its guard."""
    vector = load("consensus", "validator_proof")
    check_seed(vector, vector["validator"])
    peer = bytes.fromhex("002408011220") + unhex(vector["node_key"])
    check_equal("peer id", peer, vector["peer_id"])
    subject = unhex(vector["chain_id"]) + unhex(vector["validator"]) + peer
    found = digest("validator-proof", subject)
    check_equal("validator proof", found, vector["digest"])
    check_signature("a validator proof", vector["validator"], found, vector["signature"])
    guard = load("consensus", "guard")
    whose = unhex(guard["chain_id"]) + unhex(guard["validator"])
    place, signed = None, {}
    for slot in guard["slots"]:
        if place != (slot["height"], slot["round"]):
            place, signed = (slot["height"], slot["round"]), {}
        if slot["counter"] > 0:
            block = slot["block"]
            kind = b"\1" + bytes(32) if block is None else b"\2" + unhex(block)
            signed[slot["step"]] = kind + unhex(slot["signed"])
        found = b"theriac guard 2\0" + whose
        found += struct.pack(">QQI", slot["counter"], slot["height"], slot["round"])
        for step in ("proposal", "prevote", "precommit"):
            found += signed.get(step, bytes(65))
        check("the length of a slot", len(found) == 295)
        check_equal("slot", found + digest("signing-guard", found), slot["bytes"])
        check("the place of a slot", slot["offset"] == 4096 * (slot["counter"] % 2))
