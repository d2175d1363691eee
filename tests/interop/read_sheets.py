#!/usr/bin/env python3
"""Renders sheets of labels (PDF) and reads every code with zxing-cpp, a reader that Theriac does not use.

    pip install zxing-cpp pillow pypdfium2
    cargo nextest run -p theriac-label sheets
    cargo nextest run -p system-tests on_one_sheet
    python3 tests/interop/read_sheets.py target/tmp/sheets

Beside each NAME.pdf in the folder stands NAME.txt with the contents expected, one a line, in order: row by row, page
after page. Exits 1 when any code is missing, is one too many, or reads otherwise.
"""

import pathlib
import sys

import pypdfium2
import zxingcpp

DOTS_PER_INCH = 300
POINTS_PER_INCH = 72
# Codes whose middles are this close, in dots, stand in one row.
ROW = 60


def place(code: zxingcpp.Barcode) -> tuple[int, int]:
    """Row and column of a code, from the middle of its corners."""
    corners = [
        code.position.top_left,
        code.position.top_right,
        code.position.bottom_left,
        code.position.bottom_right,
    ]
    x = sum(corner.x for corner in corners) / 4
    y = sum(corner.y for corner in corners) / 4
    return round(y / ROW), round(x)


def read(pdf: pathlib.Path) -> list[str]:
    """The contents of all codes, row by row."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        picture = page.render(scale=DOTS_PER_INCH / POINTS_PER_INCH, grayscale=True)
        codes = zxingcpp.read_barcodes(
            picture.to_numpy().squeeze(), text_mode=zxingcpp.TextMode.Plain
        )
        found += [code.text for code in sorted(codes, key=place)]
    return found


def main(names: list[str]) -> int:
    folder = pathlib.Path(names[0])
    sheets = sorted(folder.glob("*.pdf"))
    if not sheets:
        print(f"there is no sheet in {folder}", file=sys.stderr)
        return 2
    problems = 0
    for sheet in sheets:
        expected = sheet.with_suffix(".txt").read_bytes().decode("ascii").split("\n")
        found = read(sheet)
        is_right = found == expected
        problems += not is_right
        print(f"{sheet}: {len(found)} codes, {'ok' if is_right else 'not as expected'}")
        for wanted, got in zip(expected, found):
            if wanted != got:
                print(f"  {got!r} instead of {wanted!r}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
