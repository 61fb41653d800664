#!/usr/bin/env python3
# Is every test that docs/faults.md names still there?
"""The file of each test is there, and a case in it whose name holds the words."""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    missing, named, seen = [], 0, set()
    for line in open(os.path.join(ROOT, "docs/faults.md"), encoding="utf-8"):
        row = re.match(r"\| ([A-Z]+-?[0-9]+) \|", line)
        if not row:
            continue
        if row[1] in seen:
            missing.append(f"{row[1]}: twice")
        seen.add(row[1])
        text = ""
        for file, case in re.findall(r"`([a-z_/]+\.(?:cpp|yml|py))`|\"([^\"]+)\"", line):
            named += 1
            if file:
                path = os.path.join(ROOT, "tests", file)
                if not os.path.exists(path):
                    path = os.path.join(ROOT, file)
                text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
                if not text:
                    missing.append(f"{row[1]}: there is no tests/{file}")
                # A name may be written in pieces.
                text = re.sub(r'"\s*\n\s*"', "", text)
            elif case not in text:
                missing.append(f"{row[1]}: no test says '{case}'")
    print("\n".join(missing) or f"{len(seen)} faults, {named} tests")
    return 1 if missing or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
