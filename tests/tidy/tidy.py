#!/usr/bin/env python3
# Is the house still the house? Floors, doors, budgets, words; first of all, can this test fail?
import os
import subprocess
import sys

sys.dont_write_bytecode = True  # No __pycache__ in the source tree.

import budgets  # noqa: E402
import rules  # noqa: E402
import selftest  # noqa: E402
from source import Source  # noqa: E402

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
ALLOWANCES = os.path.join(ROOT, "tests/tidy/allowances.txt")
_TEXT = (".cpp", ".hpp", ".py", ".yaml", ".cmake", ".sql", ".service", ".md", ".txt", ".json")


def all_paths():
    """What is in the repository or would be added to it; without git, all but the builds."""
    asked = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                           capture_output=True, text=True)
    if asked.returncode == 0:
        found = asked.stdout.splitlines()
    else:
        found = [os.path.relpath(os.path.join(folder, name), ROOT)
                 for folder, _, names in os.walk(ROOT) for name in names]
        found = [path for path in found if not path.startswith(("build/", ".git/", ".demo/"))]
    return sorted(path for path in found if os.path.exists(os.path.join(ROOT, path)))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8", errors="replace") as file:
        return Source(path, file.read())


def problems_of_rules(paths, sources):
    problems = list(rules.top_level(paths))
    exists = lambda path: os.path.exists(os.path.join(ROOT, path))
    for source in sources:
        found = [problem for rule in rules.PER_FILE for problem in rule(source)]
        found += rules.links(source, exists)
        problems += [f"{source.path}:{line}: {what}" for line, what in found]
    return problems


def write_allowances(text, shrunk):
    notes = [line for line in text.splitlines() if line.startswith("#")]
    rows = [f"{path} {name} {value}" for (path, name), value in sorted(shrunk.items())]
    with open(ALLOWANCES, "w", encoding="utf-8") as file:
        file.write("\n".join(notes + rows) + "\n")


def main():
    problems = [f"tests/tidy does not see what it should: {what}" for what in selftest.failures()]
    paths = all_paths()
    sources = [read(path) for path in paths if path.endswith(_TEXT) or path in ("dev", ".ci/run")]
    problems += problems_of_rules(paths, sources)
    text = read("tests/tidy/allowances.txt").text
    allowances = budgets.read_allowances(text)
    over, shrunk = budgets.check(sources, allowances)
    problems += over
    if "--shrink" in sys.argv:
        write_allowances(text, shrunk)
    elif shrunk != allowances:
        problems.append("something shrank, and its allowance must: run tests/tidy/tidy.py --shrink")
    print(*problems, f"tidy: {len(sources)} files, {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
