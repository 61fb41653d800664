#!/usr/bin/env python3
# Changes an audit log in 1,000 ways, and asks whether gramsetu-audit finds each and names the right entry.
"""FOLDER: a good log; HEAD: a file with the head of its newest entry; PROGRAM: gramsetu-audit."""
import argparse
import hashlib
import importlib.machinery
import importlib.util
import os
import random
import sys
import tempfile

ROUNDS = 1000
KINDS = ["edit", "remove", "swap", "repeat", "cut", "forge", "rewrite"]
LONG_AGO = "2020-01-01T00:00:00.000Z"
LEAST = 10  # of each kind, or the test says nothing about it


def program_at(path):
    loader = importlib.machinery.SourceFileLoader("gramsetu_audit", path)
    spec = importlib.util.spec_from_loader("gramsetu_audit", loader)
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode = True
    loader.exec_module(module)
    return module


def edited(line, chance):
    """One byte of it is another."""
    at = chance.randrange(len(line))
    byte = chance.choice([value for value in range(32, 127) if value != line[at]])
    return line[:at] + bytes([byte]) + line[at + 1:]


def forged(audit, line, **members):
    """Says something else, with a hash that fits."""
    entry = {**audit.json.loads(line), **members}
    hashed = audit.canonical({name: value for name, value in entry.items() if name != "hash"})
    entry["hash"] = hashlib.sha256(hashed.encode()).hexdigest()
    return audit.canonical(entry).encode(), entry["hash"]


def mutations(audit, files, chance):
    """(kind, files, the entry that must be named: None where only finding can be asked)"""
    places = [(name, at) for name, lines in files.items() for at in range(len(lines))]
    count = len(places)
    while True:
        new = {name: list(lines) for name, lines in files.items()}
        index = chance.randrange(count)
        name, at = places[index]
        kind = chance.choice(KINDS)
        named = index + 1
        if kind == "edit":
            new[name][at] = edited(new[name][at], chance)
        elif kind == "remove":
            del new[name][at]
        elif kind == "swap":
            other = chance.randrange(count)
            if other == index:
                continue
            there, where = places[other]
            new[name][at], new[there][where] = new[there][where], new[name][at]
            named = min(index, other) + 1
        elif kind == "repeat":
            new[name].insert(at, new[name][at])
            named = index + 2
            if index + 1 == count or at == 0:
                continue  # at the end it is an entry too many; a file's first line is another kind
        elif kind == "cut":
            for there, where in reversed(places[index:]):
                del new[there][where]
        elif kind == "forge":
            new[name][at], _ = forged(audit, new[name][at], utc=LONG_AGO)
        else:  # from here to the end everything is written anew, and only the signatures cannot be
            previous, named = None, None
            for there, where in places[index:]:
                members = {"previous": previous} if previous else {"utc": LONG_AGO}
                if previous and b'"kind":"file"' in new[there][where]:
                    members["last_digest"] = previous
                new[there][where], previous = forged(audit, new[there][where], **members)
        yield kind, {n: lines for n, lines in new.items() if lines}, named


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder")
    parser.add_argument("head")
    parser.add_argument("program")
    options = parser.parse_args()
    audit, chance = program_at(options.program), random.Random(20261125)
    files = {}
    for name in sorted(name for name in os.listdir(options.folder) if audit.NAME.fullmatch(name)):
        with open(os.path.join(options.folder, name), "rb") as file:
            files[name] = file.read().splitlines()
    seen, failed = {}, 0
    for number, (kind, changed, named) in zip(range(ROUNDS), mutations(audit, files, chance)):
        with tempfile.TemporaryDirectory() as folder:
            for name, lines in changed.items():
                with open(os.path.join(folder, name), "wb") as file:
                    file.writelines(line + b"\n" for line in lines)
            asked = argparse.Namespace(folder=folder, head=[options.head], key=[])
            wrong = audit.check_all(asked)[2]
        seen[kind] = seen.get(kind, 0) + 1
        if wrong is None or (named and wrong.sequence != named):
            failed += 1
            print(f"{number}: {kind} of entry {named}: {wrong or 'not found'}")
    print(seen)
    return 1 if failed or len(seen) < len(KINDS) or min(seen.values()) < LEAST else 0


if __name__ == "__main__":
    sys.exit(main())
