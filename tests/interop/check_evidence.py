#!/usr/bin/env python3
"""Compares the verdicts on a folder of evidence with those of verify_evidence.py beside this file.

    python3 tests/interop/check_evidence.py FOLDER

FOLDER holds `genesis.json` and pairs of `bundle-NAME.json` and `verdict-NAME.json`. A bundle is
checked at the time of its head; where its verdict is `stale`, that much later. Of an `invalid`
bundle the reason is not compared, but the name of the check that fails, where `refused.json` has one
for it. Exits 0 when all agree, 1 when one does not or none is there, 2
when called wrongly.
"""

import json
import sys
from pathlib import Path

# The modules beside this file leave nothing behind in the tree.
sys.dont_write_bytecode = True

from evidence_forms import read_bundle
from verify_evidence import check


def time_of(bundle, expected):
    """The checker's time; None for that of the bundle's head."""
    if expected.get("verdict") != "stale":
        return None
    return read_bundle(bundle)["head"]["header"]["time"] + expected["age_ms"]


def difference(folder, name, refused):
    """What differs between the two verdicts of a name, or None."""
    try:
        bundle = (folder / f"bundle-{name}.json").read_bytes()
        expected = json.loads((folder / f"verdict-{name}.json").read_bytes())
        trust = (folder / "genesis.json").read_bytes()
        found = check(bundle, trust, time_of(bundle, expected))
    except (OSError, ValueError) as error:
        return str(error)
    invalid = found["verdict"] == "invalid"
    same = found["verdict"] == expected.get("verdict") if invalid else found == expected
    if name in refused and found.get("failed") != refused[name]:
        return f"found {json.dumps(found)}, expected that {refused[name]} fails"
    return None if same else f"found {json.dumps(found)}, expected {json.dumps(expected)}"


def main():
    if len(sys.argv) != 2:
        print("usage: check_evidence.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    files = [*folder.glob("bundle-*.json"), *folder.glob("verdict-*.json")]
    names = sorted({file.stem.partition("-")[2] for file in files})
    listed = folder / "refused.json"
    refused = json.loads(listed.read_bytes()) if listed.exists() else {}
    problems = 0
    for name in sorted({*names, *refused}):
        found = difference(folder, name, refused)
        problems += found is not None
        if found:
            print(f"{name}: {found}")
    print(f"{len(names) - problems} passed, {problems} failed")
    return 1 if problems or not names else 0


if __name__ == "__main__":
    sys.exit(main())
