#!/usr/bin/env python3
"""Checks the evidence for one answer, from docs/ledger-format.md alone (section 13).

Shares no code with the project and needs the standard library only:

    python3 tests/interop/verify_evidence.py BUNDLE --trust genesis.json --at bundle

prints the verdict as JSON. BUNDLE holds JSON where it begins with `{`, else canonical bytes. The
trust file is the anchor of genesis or a checkpoint. The time is the clock's, or that of the
bundle's head, or given. Exits 0 for a verdict other than `invalid`, 1 for `invalid`, 2 when called
wrongly.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

# The modules beside this file leave nothing behind in the tree.
sys.dont_write_bytecode = True

import ed25519
from evidence_forms import ascending, demand, encode, read_bundle, read_trust
from ledger_format import digest, leaf, run_name, short_text, u32, unhex
from signed_vectors import vote_bytes
from state_vectors import Malformed, proves

AHEAD_MS_MAX, AGE_MS_MAX, TRUSTING_PERIOD_MS = 60_000, 60_000, 2_592_000_000
CHUNK_PACKS = 128


def power(members, keys):
    return sum(one["power"] for one in members if one["key"] in keys)


def demand_certificate(certificate, header, block, signing):
    """That a certificate counts for a header; returns who signed."""

    def demand_commit(holds, why):
        demand(holds, why, "commit")

    demand_commit(certificate["height"] == header["height"], "the certificate is of another height")
    demand_commit(certificate["block"] == block, "the certificate is of another block")
    keys = [one["validator"] for one in certificate["signatures"]]
    demand_commit(ascending(keys), "signatures are not ascending by validator")
    demand_commit(set(keys) <= {one["key"] for one in signing}, "a signer is no validator")
    place = (header["height"], certificate["round"], block)
    message = digest("vote", vote_bytes(unhex(header["chain_id"]), 2, *place))
    for one in certificate["signatures"]:
        signed = ed25519.verify(unhex(one["validator"]), message, unhex(one["signature"]))
        demand_commit(signed, f"the signature of {one['validator']} does not verify")
    total = sum(one["power"] for one in signing)
    demand_commit(3 * power(signing, keys) > 2 * total, "the signers are not more than two thirds")
    return keys


def demand_trusted(holds, why):
    demand(holds, why, "validators")


def believe(trust, head, now_ms):
    """That a certified header follows from trust; returns its digest and the set that signed it."""
    header, trusted = head["header"], trust["next_validators"]
    block = digest("block", encode("header", header)).hex()
    demand_trusted(header["protocol"] == 1, "another protocol")
    demand_trusted(header["chain_id"] == trust["chain_id"], "another chain")
    demand_trusted(header["height"] > trust["height"], "the header is not above the trusted one")
    demand_trusted(header["time"] > trust["time"], "the header is not later than the trusted one")
    if header["height"] == trust["height"] + 1:
        demand(header["parent"] == trust["block"], "the parent is not the trusted block", "commit")
    jump = head["signers"] is not None
    signing = head["signers"] if jump else trusted
    demand_trusted(not jump or signing != trusted, "the signers given are the trusted ones")
    fixed = digest("validators", encode("validators", signing)).hex()
    demand_trusted(header["validators"] == fixed, "the header is for other signers")
    keys = demand_certificate(head["certificate"], header, block, signing)
    if jump:
        recent = now_ms - trust["time"] <= TRUSTING_PERIOD_MS
        demand_trusted(recent, "the trusted set is too old to jump from")
        total = sum(one["power"] for one in trusted)
        overlap = 3 * power(trusted, keys) > 2 * total
        demand_trusted(overlap, "a jump without two thirds of the trusted set")
    return block, signing


def take_step(trust, step, now_ms):
    """The trust that a change of validators leads to."""
    block, signing = believe(trust, step["head"], now_ms)
    demand_trusted(step["next"] != signing, "a step that changes nothing")
    header = step["head"]["header"]
    announced = digest("validators", encode("validators", step["next"])).hex()
    demand_trusted(header["next_validators"] == announced, "another set is announced")
    place = {name: header[name] for name in ("chain_id", "height", "time")}
    return place | {"block": block, "next_validators": step["next"]}


def demand_path(index, count, path, of_leaf, root, what):
    """RFC 9162, section 2.1.3.2."""
    demand(index < count, f"{what}: an index beyond the tree")
    last = count - 1
    for sibling in map(unhex, path):
        demand(last > 0, f"{what}: a path that is too long")
        if index & 1 or index == last:
            of_leaf = digest("merkle-inner", sibling + of_leaf)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            of_leaf = digest("merkle-inner", of_leaf + sibling)
        index, last = index >> 1, last >> 1
    demand(last == 0 and of_leaf.hex() == root, f"{what}: the path does not lead to the root")


class State:
    """The records under one root."""

    def __init__(self, root, gtin):
        self.root, self.gtin = unhex(root), gtin

    def demand_proof(self, record, name, proof, value, what):
        key = digest(f"key/{record}", name)
        demand(proves(encode("proof", proof), self.root, key, value), f"the {record} is not {what}")

    def demand_absence(self, record, name, proof):
        self.demand_proof(record, name, proof, None, "proven absent")

    def open(self, record, name, opened):
        value = encode(record, opened["public"]) + unhex(opened["private"])
        self.demand_proof(record, name, opened["proof"], value, "proven")
        return opened["public"]

    def product(self, opened):
        return self.open("product", self.gtin.encode(), opened)

    def lot_name(self, lot):
        return self.gtin.encode() + short_text(lot)

    def run_name(self, lot, number):
        return run_name({"gtin": self.gtin, "lot": lot, "number": number})

    def lot(self, name, opened):
        return self.open("lot", self.lot_name(name), opened)

    def made_lot(self, name, finding):
        lot = self.lot(name, finding["lot"])
        self.open("organisation", unhex(lot["manufacturer"]), finding["maker"])
        return lot

    def run(self, lot, number, opened):
        return self.open("run", self.run_name(lot, number), opened)

    def pack_key(self, serial):
        return digest("pack", (self.gtin + serial).encode())[:16]


def demand_identity(key, proof, run):
    demand(proof["position"] < run["count"], "a position beyond the run")
    of_leaf = leaf(key + u32(proof["position"]))
    place = (proof["index"], run["count"], proof["path"])
    demand_path(*place, of_leaf, run["identity_root"], "pack key")


def demand_absent_pack(key, absence, run):
    below, above = absence["below"], absence["above"]
    for neighbour in filter(None, (below, above)):
        demand_identity(unhex(neighbour["key"]), neighbour["proof"], run)
    demand(below or above, "an absence without neighbours")
    demand(not below or unhex(below["key"]) < key, "the neighbour below is not below")
    demand(not above or unhex(above["key"]) > key, "the neighbour above is not above")
    before = below["proof"]["index"] if below else -1
    after = above["proof"]["index"] if above else run["count"]
    demand(before + 1 == after, "the neighbours are not adjacent")


def entry_of(state, finding, run):
    """The public entry of a pack that is in the run."""
    position = finding["identity"]["position"]
    number, place = divmod(position, CHUNK_PACKS)
    name = state.run_name(finding["lot_name"], finding["run_number"]) + u32(number)
    ((case, evidence),) = finding["entry"].items()
    if case == "untouched":
        state.demand_absence("chunk", name, evidence["chunk"])
        return {"status": "active", "since": run["commissioned_at"]}
    value = unhex(evidence["root"]) + digest("private", b"")
    state.demand_proof("chunk", name, evidence["chunk"], value, "proven")
    of_leaf = leaf(encode("entry", evidence["entry"]) + unhex(evidence["private"]))
    demand_path(place, CHUNK_PACKS, evidence["path"], of_leaf, evidence["root"], "entry")
    return evidence["entry"]


def unknown(where):
    return {"verdict": "unknown", "proven_absent_from": where}


def verdict_on_pack(state, question, finding):
    product, lot = state.product(finding["product"]), state.made_lot(finding["lot_name"], finding)
    number = finding["run_number"]
    demand(number < lot["runs"], "a run that the lot does not have")
    run = state.run(finding["lot_name"], number, finding["run"])
    demand_identity(state.pack_key(question["serial"]), finding["identity"], run)
    return recorded(question, finding["lot_name"], lot, product, entry_of(state, finding, run))


def recorded(question, lot_name, lot, product, pack):
    """The verdict on what is proven; without `as_of`."""
    found = {"subject": "pack" if pack else "lot", "pack": pack, "lot": lot["state"]}
    found |= {"withdrawn": product["withdrawn"], "expiry": lot["expiry"]}
    if question["lot"] not in (None, lot_name):
        return {"verdict": "mismatch", "difference": "lot", "recorded": found}
    if question["expiry"] and question["expiry"][:7] != lot["expiry"][:7]:
        return {"verdict": "mismatch", "difference": "expiry", "recorded": found}
    return {"verdict": "recorded"} | found


def verdict_on(question, finding, root):
    """What the finding says, if it fits the question and every proof verifies."""
    state = State(root, question["gtin"])
    ((case, finding),) = finding.items()
    lot, serial = question["lot"], question["serial"]
    demand(lot or case in ("no_product", "pack"), "the finding needs a question with a lot")
    demand(serial or case not in ("no_pack", "pack"), "the finding needs a question with a serial")
    demand(not serial or case != "lot", "the finding needs a question without a serial")
    if case == "no_product":
        state.demand_absence("product", state.gtin.encode(), finding["product"])
        return unknown("register")
    if case == "pack":
        return verdict_on_pack(state, question, finding)
    product = state.product(finding["product"])
    if case == "no_lot":
        state.demand_absence("lot", state.lot_name(lot), finding["lot"])
        return unknown("product")
    if case == "lot":
        return recorded(question, lot, state.made_lot(lot, finding), product, None)
    runs = state.lot(lot, finding["lot"])["runs"]
    demand(runs == len(finding["runs"]), "the runs are not those of the lot")
    for number, one in enumerate(finding["runs"]):
        run = state.run(lot, number, one["run"])
        demand_absent_pack(state.pack_key(serial), one["absence"], run)
    return unknown("lot")


def judge(bundle, trust, now_ms, age_ms_max):
    demand(bundle["version"] == 1, "another version")
    head = bundle["head"]["header"]
    now_ms = head["time"] if now_ms is None else now_ms
    start = trust["height"]
    for step in bundle["steps"]:
        if step["head"]["header"]["height"] > start:
            trust = take_step(trust, step, now_ms)
    believe(trust, bundle["head"], now_ms)
    verdict = verdict_on(bundle["question"], bundle["finding"], head["state_root"])
    demand(head["time"] <= now_ms + AHEAD_MS_MAX, "the evidence is from the future")
    age_ms = max(now_ms - head["time"], 0)
    if age_ms > age_ms_max:
        return {"verdict": "stale", "age_ms": age_ms}
    if verdict["verdict"] != "unknown":
        verdict.get("recorded", verdict)["as_of"] = head["time"]
    return verdict


def check(bundle, trust, now_ms, age_ms_max=AGE_MS_MAX):
    """The verdict; `now_ms` is the checker's time, None for that of the bundle's head."""
    try:
        return judge(read_bundle(bundle), read_trust(trust), now_ms, age_ms_max)
    except (ValueError, OverflowError, RecursionError, Malformed) as error:
        named = {"failed": error.check} if getattr(error, "check", None) else {}
        return {"verdict": "invalid", "why": str(error)} | named


def milliseconds(value):
    if re.fullmatch("[0-9]{1,20}", value):
        return int(value)
    raise argparse.ArgumentTypeError(f"{value!r} is no number of milliseconds")


def instant(value):
    if value == "bundle":
        return None
    return time.time_ns() // 1_000_000 if value == "now" else milliseconds(value)


def main():
    parser = argparse.ArgumentParser(description="Checks the evidence for one answer.")
    parser.add_argument("bundle", type=Path, help="evidence as JSON or canonical bytes")
    parser.add_argument("--trust", type=Path, required=True, help="anchor of genesis or checkpoint")
    parser.add_argument("--at", type=instant, default="now", help="bundle, now or milliseconds")
    parser.add_argument("--age-max", type=milliseconds, default=AGE_MS_MAX, help="milliseconds")
    given = parser.parse_args()
    try:
        bundle, trust = given.bundle.read_bytes(), given.trust.read_bytes()
    except OSError as error:
        parser.error(str(error))
    verdict = check(bundle, trust, given.at, given.age_max)
    print(json.dumps(verdict))
    return 1 if verdict["verdict"] == "invalid" else 0


if __name__ == "__main__":
    sys.exit(main())
