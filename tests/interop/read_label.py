#!/usr/bin/env python3
"""Reads label PNGs with zxing-cpp, a reader that Theriac does not use, and compares.

    pip install zxing-cpp pillow
    cargo run -p theriac-label --example sample_labels -- target/labels
    python3 tests/interop/read_label.py target/labels

Each argument is a PNG file, or a folder of them, which must hold one at least. Beside each NAME.png stands NAME.txt with the content expected. A content that starts with a URI
scheme must come as a plain QR code (]Q1), any other as GS1 DataMatrix (]d2) with its GS separators.
Exits 1 when any label reads otherwise.
"""

import pathlib
import sys

import zxingcpp
from PIL import Image


def problem(png: pathlib.Path) -> str | None:
    """What is wrong with this label, or None."""
    expected = png.with_suffix(".txt").read_bytes().decode("ascii")
    with Image.open(png) as picture:
        codes = zxingcpp.read_barcodes(
            picture.convert("L"), text_mode=zxingcpp.TextMode.Plain
        )
    if len(codes) != 1:
        return f"{len(codes)} codes found instead of 1"
    code = codes[0]
    if code.text != expected:
        return f"reads {code.text!r} instead of {expected!r}"
    is_link = expected.startswith(("https://", "http://"))
    identifier = "]Q1" if is_link else "]d2"
    if code.symbology_identifier != identifier:
        return f"symbology {code.symbology_identifier} instead of {identifier}"
    is_gs1 = code.content_type == zxingcpp.ContentType.GS1
    if is_gs1 == is_link:
        return f"content type {code.content_type.name}"
    return None


def pictures(names: list[str]) -> list[pathlib.Path]:
    """The files, and those in the folders."""
    found = []
    for name in map(pathlib.Path, names):
        found += sorted(name.glob("*.png")) if name.is_dir() else [name]
    return found


def main(names: list[str]) -> int:
    files = pictures(names)
    if not files:
        print("give PNG files to read, or a folder with some", file=sys.stderr)
        return 2
    problems = 0
    for file in files:
        found = problem(file)
        problems += found is not None
        print(f"{file}: {found or 'ok'}")
    print(f"{len(files) - problems} of {len(files)} labels read as expected")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
