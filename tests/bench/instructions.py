#!/usr/bin/env python3
# Instructions a record, counted by callgrind: a slower engine shows here on the busiest machine.
#
#   instructions.py BUILD            fails when a part takes 5 % more than instructions.json says
#   instructions.py BUILD --update   writes what was counted into instructions.json
#
import json
import os
import re
import sys

sys.dont_write_bytecode = True  # No __pycache__ in the source tree.

from counted import RECORDS, dumps, missing  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = os.path.join(HERE, "instructions.json")
SKIPPED, GROWTH = 77, 1.05


def counted(build):
    """Instructions a record of each part."""
    total = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)
    return {part: round(int(total.search(text)[1]) / RECORDS)
            for part, text in dumps(build).items()}


def main():
    if missing():
        print(f"instructions: skipped, {missing()}")
        return SKIPPED
    found = counted(sys.argv[1])
    with open(EXPECTED, encoding="utf-8") as file:
        expected = json.load(file)
    if "--update" in sys.argv:
        with open(EXPECTED, "w", encoding="utf-8") as file:
            file.write(json.dumps(found, indent=2) + "\n")
    grown = 0
    for part, count in found.items():
        was = expected.get(part, 0)
        bad = count > was * GROWTH
        grown += bad
        print(f"{part:10} {count:8} instructions a record, expected {was:8}"
              f"{'  GREW' if bad else ''}")
    if grown and "--update" not in sys.argv:
        print("More work a record than before. If it must be so, say why in the commit and run",
              "./dev bench --instructions --update")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
