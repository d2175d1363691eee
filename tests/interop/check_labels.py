#!/usr/bin/env python3
"""Makes labels with `theriac label`, reads them with zxing-cpp, and compares the content.

    cargo build --package theriac
    pip install zxing-cpp pillow
    python3 tests/interop/check_labels.py

zxing-cpp shares no code with Theriac. A QR code must be a plain one (]Q1) that holds the Digital Link;
a DataMatrix must be a GS1 one (]d2) that holds the element string with its separators. The expected
content is written out below, not computed by what is tested. Exits 1 when any label reads otherwise.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from read_label import problem

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = "https://verify.example.org"
GTIN = "09506000134352"
SSCC = "095060001343523452"
GS = "\x1d"

PACK = ["--gtin", GTIN, "--lot", "ABC1", "--serial", "12/345", "--expiry", "2027-12-31"]
LONG = ["--gtin", GTIN, "--lot", "L" * 20, "--serial", "K7Q2M9X4T8R1K7Q2M9X4", "--expiry", "2029-02-28"]
LOT = ["--gtin", GTIN, "--lot", "ABC1", "--expiry", "2027-12-31"]
BARE_LOT = ["--gtin", GTIN, "--lot", "ABC1"]

# Name, what is asked for, carrier, content that a reader must find.
CASES = [
    ("pack", PACK, "qr", f"{BASE}/01/{GTIN}/10/ABC1/21/12%2F345?17=271231"),
    ("pack", PACK, "datamatrix", f"01{GTIN}1727123110ABC1{GS}2112/345"),
    (
        "longest pack",
        LONG,
        "qr",
        f"{BASE}/01/{GTIN}/10/{'L' * 20}/21/K7Q2M9X4T8R1K7Q2M9X4?17=290228",
    ),
    (
        "longest pack",
        LONG,
        "datamatrix",
        f"01{GTIN}1729022810{'L' * 20}{GS}21K7Q2M9X4T8R1K7Q2M9X4",
    ),
    ("batch", LOT, "qr", f"{BASE}/01/{GTIN}/10/ABC1?17=271231"),
    ("batch", LOT, "datamatrix", f"01{GTIN}1727123110ABC1"),
    ("batch without expiry", BARE_LOT, "qr", f"{BASE}/01/{GTIN}/10/ABC1"),
    ("pallet", ["--sscc", SSCC], "qr", f"{BASE}/00/{SSCC}"),
    ("pallet", ["--sscc", SSCC], "datamatrix", f"00{SSCC}"),
]


def program() -> pathlib.Path:
    """The built program; CARGO_TARGET_DIR moves it, as it moves everything that cargo builds."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    return ROOT / target / "debug" / "theriac"


def check(theriac: pathlib.Path, png: pathlib.Path, case: tuple) -> str | None:
    """What is wrong with the label that the program makes for a case, or None."""
    _, asked, carrier, expected = case
    command = [theriac, "label", *asked, "--carrier", carrier, "--out", png]
    if carrier == "qr":
        command += ["--base", BASE]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"theriac label failed: {made.stderr.strip()}"
    png.with_suffix(".txt").write_bytes(expected.encode("ascii"))
    return problem(png)


def main() -> int:
    theriac = program()
    if not theriac.is_file():
        print(f"{theriac} is missing: cargo build --package theriac", file=sys.stderr)
        return 1
    problems = 0
    with tempfile.TemporaryDirectory(prefix="theriac-labels-") as folder:
        for number, case in enumerate(CASES):
            found = check(theriac, pathlib.Path(folder) / f"{number}.png", case)
            problems += found is not None
            shown = case[3].replace(GS, "<GS>")
            print(f"{case[0]}, {case[2]}: {shown}: {found or 'same'}")
    print(f"{len(CASES) - problems} of {len(CASES)} labels read as expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
