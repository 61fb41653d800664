#!/usr/bin/env python3
# Instructions a record, counted by callgrind: a slower engine shows here on the busiest machine.
#
#   instructions.py BUILD            fails when a part takes 5 % more than instructions.json says
#   instructions.py BUILD --update   writes what was counted into instructions.json
#
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
EXPECTED = os.path.join(HERE, "instructions.json")
SKIPPED, GROWTH = 77, 1.05
PARTS, RECORDS = ["load", "unchanged", "changed", "reconcile"], 1000
# The libraries choose by the processor: the same choice everywhere gives the same count.
STEADY = {"OPENSSL_ia32cap": "~0x200000200000000:~0x20000120",
          "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS"}


def counted(bench):
    """Instructions a record of each part: what callgrind counts between entering and leaving it."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--dump-before=bench_counted",
                   "--dump-after=bench_counted", f"--callgrind-out-file={folder}/out", bench,
                   "--count", folder, "--records", str(RECORDS)]
        done = subprocess.run(command, env={**os.environ, **STEADY}, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"instructions: {' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        totals = []
        for number in range(1, 2 * len(PARTS) + 1):
            with open(f"{folder}/out.{number}", encoding="utf-8") as file:
                text = file.read()
            if "Trigger: --dump-after" in text:
                totals.append(int(re.search(r"^(?:totals|summary): (\d+)", text, re.MULTILINE)[1]))
    return {part: round(total / RECORDS) for part, total in zip(PARTS, totals, strict=True)}


def main():
    if not shutil.which("valgrind"):
        print("instructions: skipped, valgrind is not installed (apt-get install valgrind)")
        return SKIPPED
    bench = os.path.join(sys.argv[1], "tests/bench")
    found = counted(bench)
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
