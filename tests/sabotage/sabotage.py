#!/usr/bin/env python3
# Plants each bug of bugs/ in turn and demands that its suite sees it: a harness that cannot fail is none.
#
# A bug is a piece of one source file and what stands there instead. Only that file is compiled anew; its
# object is linked before the libraries, so that it takes the place of the right one. The build stays as it is.
import argparse
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
SECONDS_MAX = 240  # for one suite: a planted bug may well make it hang, which is being seen
HISTORIES = "200"  # of the simulation, within which a bug must show


class Bug:
    """One file of bugs/: `name:`, `file:`, `suite:` (with doctest options), then the two texts."""

    def __init__(self, path):
        self.path = os.path.relpath(path, ROOT)
        with open(path, encoding="utf-8") as file:
            head, self.right, self.wrong = file.read().split("\n---\n")
        self.wrong = self.wrong.removesuffix("\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines())
        self.name, self.file = fields["name"], fields["file"]
        self.suite, *self.options = shlex.split(fields["suite"])

    def source(self):
        with open(os.path.join(ROOT, self.file), encoding="utf-8") as file:
            return file.read()

    def problem(self):
        """Why it cannot be planted any more, or nothing."""
        times = self.source().count(self.right)
        if times == 1:
            return None
        return f"{self.path}: what it replaces stands {times} times in {self.file}, not once"

    def planted(self):
        return self.source().replace(self.right, self.wrong)


def bugs_in(folder):
    return [Bug(os.path.join(folder, name)) for name in sorted(os.listdir(folder))
            if name.endswith(".bug")]


class Build:
    """How the build makes objects and suites; nothing in it is changed."""

    def __init__(self, folder):
        self.folder = os.path.abspath(folder)
        with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
            self.commands = {os.path.relpath(row["file"], ROOT): row["command"]
                             for row in json.load(file)}

    def compile(self, bug, source, target):
        words = shlex.split(self.commands[bug.file])
        words[words.index("-o") + 1] = target
        words[words.index("-c") + 1] = source
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True)

    def link(self, bug, extra, target):
        ask = ["ninja", "-t", "commands", f"tests/{bug.suite}"]
        asked = subprocess.run(ask, cwd=self.folder, capture_output=True, text=True, check=True)
        command = asked.stdout.splitlines()[-1]
        command = command.removeprefix(": && ").removesuffix(" && :")
        words = shlex.split(command)
        place = words.index("-o") + 1
        words[place] = target
        words.insert(place + 1, extra)
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True)


def plant(build, bug):
    """True when the suite failed with the bug in it; else what went wrong instead."""
    folder = os.path.join(build.folder, "sabotage", os.path.basename(bug.path))
    os.makedirs(folder, exist_ok=True)
    source = os.path.join(folder, os.path.basename(bug.file))
    with open(source, "w", encoding="utf-8") as file:
        file.write(bug.planted())
    made = build.compile(bug, source, source + ".o")
    if made.returncode:
        return f"does not compile:\n{made.stderr[-2000:]}"
    suite = os.path.join(folder, bug.suite)
    made = build.link(bug, source + ".o", suite)
    if made.returncode:
        return f"does not link:\n{made.stderr[-2000:]}"
    world = dict(os.environ, GRAMSETU_HISTORIES=HISTORIES)
    try:
        run = subprocess.run([suite, "--abort-after=1", *bug.options], cwd=ROOT, env=world,
                             capture_output=True, timeout=SECONDS_MAX)
    except subprocess.TimeoutExpired:
        return True
    finally:
        os.remove(suite)
    return True if run.returncode else f"NOT SEEN by {bug.suite}"


def main():
    asked = argparse.ArgumentParser(description="Plants bugs; the suites must see each.")
    asked.add_argument("--build", default=os.path.join(ROOT, "build/release"))
    asked.add_argument("--jobs", type=int, default=os.cpu_count())
    asked.add_argument("--check", action="store_true", help="only: can each still be planted?")
    asked.add_argument("word", nargs="?", default="", help="only bugs whose file name holds it")
    given = asked.parse_args()
    bugs = [bug for bug in bugs_in(os.path.join(HERE, "bugs")) if given.word in bug.path]
    problems = [bug.problem() for bug in bugs if bug.problem()]
    if problems or not bugs:
        print(*problems or ["no such bug"], sep="\n")
        return 1
    if given.check:
        print(f"{len(bugs)} bugs can be planted")
        return 0
    build = Build(given.build)
    seen = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        started = time.monotonic()
        for bug, outcome in zip(bugs, pool.map(lambda bug: plant(build, bug), bugs)):
            seen += outcome is True
            print(f"{'seen' if outcome is True else outcome}: {bug.name}", flush=True)
    print(f"{seen} of {len(bugs)} planted bugs seen in {time.monotonic() - started:.0f} s")
    return 0 if seen == len(bugs) else 1


if __name__ == "__main__":
    sys.exit(main())
