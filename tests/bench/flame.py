#!/usr/bin/env python3
# Draws what a record costs: for each part that callgrind counts a flame graph, and its widest frames as text.
#
#   flame.py BUILD [PART ...] [--out FOLDER]     parts: load unchanged changed reconcile; all of them without one
#
import argparse
import os
import sys

sys.dont_write_bytecode = True  # No __pycache__ in the source tree.

from call_graph import read  # noqa: E402
from counted import PARTS, RECORDS, dumps, missing  # noqa: E402
from flame_picture import picture  # noqa: E402
from frames import by_name, stacks  # noqa: E402

FRAMES, LEAVES = 40, 20
# What these do depends on who calls them, so callgrind counts it apart for as many callers. Of others a stack shows
# the average, and that is good enough: with six callers apart for all functions, which makes the dumps twenty times
# as large, no box is off by half a per cent of the whole.
APART = {"*Store::transact*": 1, "*Query::run*": 1, "*Query::next*": 2, "sqlite3_step": 3,
         "sqlite3VdbeExec": 4, "*namespace)::parse(*": 1, "*::ParseValue*": 2,
         "*::ParseString*": 3, "*Builder::place*": 4, "*Builder::attach*": 5, "*append_json*": 1,
         "*schema*Writer::*": 2, "*write_text*": 3}
TITLES = {"load": "A first load", "unchanged": "Nothing changed",
          "changed": "A record that changed", "reconcile": "The decision alone"}


def listing(top):
    """The widest frames with all that they call, then without; instructions a record."""
    whole = top.total()
    for what, costs, most in zip(("with what they call", "by themselves"), by_name(top),
                                 (FRAMES, LEAVES)):
        yield f"  {what}:"
        for name, cost in sorted(costs.items(), key=lambda row: (-row[1], row[0]))[:most]:
            if name != top.name:
                yield f"  {cost / RECORDS:10,.0f} {100 * cost / whole:5.1f} %  {name}"


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench --flame")
    parser.add_argument("build", help=argparse.SUPPRESS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    parser.add_argument("--out", metavar="FOLDER", help="where the pictures go; BUILD/flame")
    given = parser.parse_args()
    for part in given.parts:
        if part not in PARTS:
            parser.error(f"there is no part '{part}'; there are {', '.join(PARTS)}")
    given.parts = given.parts or PARTS
    given.out = given.out or os.path.join(given.build, "flame")
    return given


def main():
    given = arguments()
    if missing():
        sys.exit(f"flame: {missing()}")
    counted = dumps(given.build, *(f"--separate-callers{callers}={function}"
                                 for function, callers in APART.items()))
    os.makedirs(given.out, exist_ok=True)
    for part in given.parts:
        top = stacks(read(counted[part]))
        path = os.path.join(given.out, f"{part}.svg")
        with open(path, "w", encoding="utf-8") as file:
            file.write(picture(top, TITLES[part], RECORDS))
        print(f"{part}: {top.total() / RECORDS:,.0f} instructions a record, {path}")
        print(*listing(top), sep="\n")


if __name__ == "__main__":
    main()
