#!/usr/bin/env python3
# Reads /metrics strictly, and looks whether dashboard and alerts ask for what is there.
"""Reads /metrics strictly, and looks whether dashboard and alerts ask for what is there.

usage: check.py METRICS [MOST_SERIES [PROGRAM]]
METRICS is what a hub answered. Fails when a strict parser does, when a family breaks Prometheus'
conventions, when a label could take any value, when there are more than MOST_SERIES series, when
dashboard or rules name a metric that no hub has, or docs/what-to-do.md a command that PROGRAM has
not. promtool looks too, where it is installed (build/promtool, or on the path).
"""
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RULES = os.path.join(ROOT, "systemd/prometheus/gramsetu.rules.yml")
RULES_TEST = os.path.join(ROOT, "tests/metrics/rules_test.yml")
DASHBOARD = os.path.join(ROOT, "systemd/grafana/gramsetu.json")
PAGE = os.path.join(ROOT, "docs/what-to-do.md")
LIST = os.path.join(ROOT, "docs/metrics.md")
LABELS = {"flow", "endpoint", "entity", "queue", "age", "place", "kind", "state", "outcome", "call",
          "result", "class", "direction", "stream", "whose", "le", "version", "hub", "operation",
          "code"}
# Only there when there is something to tell, or where the system tells it.
AT_TIMES = {"gramsetu_backup_age_seconds", "gramsetu_backup_failed", "gramsetu_store_rewound",
            "gramsetu_audit_blocked", "gramsetu_clock_synchronized",
            "gramsetu_endpoint_page_records", "up",
            # a store in PostgreSQL has none of these
            "gramsetu_store_wal_bytes", "gramsetu_store_disk_free_bytes",
            "gramsetu_store_disk_bytes"}
SAMPLE = re.compile(r'([a-z_:][a-z0-9_:]*)'
                    r'(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (-?[0-9.]+)$')

GROUPS = {"runs", "quarantine", "conflicts", "connectors", "records", "rewind", "personal", "audit",
          "token"}  # they have commands below
problems = []


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def run(*words, given=""):
    return subprocess.run(words, input=given, capture_output=True, text=True, check=False)


def wrong(text):
    problems.append(text)


def families(text):
    """Name -> type of every family, checked line by line."""
    types, current, series, closed = {}, None, set(), set()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("# HELP "):
            name, _, help_text = line[7:].partition(" ")
            if name in types or name in closed:
                wrong(f"line {number}: {name} comes twice")
            if not help_text.endswith("."):
                wrong(f"line {number}: the help of {name} is no sentence")
            current = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            if name != current:
                wrong(f"line {number}: TYPE of {name} does not follow its HELP")
            types[name] = kind
            if (kind == "counter") != name.endswith("_total"):
                wrong(f"line {number}: a counter ends in _total, and nothing else does: {name}")
        else:
            match = SAMPLE.match(line)
            if not match:
                wrong(f"line {number}: no sample: {line}")
                continue
            base = match[1]
            if types.get(current) in ("histogram", "summary"):
                base = re.sub("_(bucket|sum|count)$", "", base)
            if base != current:
                wrong(f"line {number}: {match[1]} stands under {current}")
            labels = re.findall(r'([a-z_]+)="', match[2] or "")
            for label in set(labels) - LABELS:
                wrong(f"line {number}: label {label} is not known to be bounded")
            if line.rsplit(" ", 1)[0] in series:
                wrong(f"line {number}: the same series twice")
            series.add(line.rsplit(" ", 1)[0])
    if not text.endswith("\n"):
        wrong("the last line does not end")
    return types, series


def names_in(expression):
    """The metrics of a PromQL expression: words that are not labels, functions or texts."""
    expression = re.sub(r'"[^"]*"', "", expression)
    expression = re.sub(r"\b(by|on|ignoring|without|group_left)\s*\([^)]*\)", "", expression)
    expression = re.sub(r"\{[^}]*\}", "", expression)
    expression = re.sub(r"\[[^\]]*\]", "", expression)
    return {word for word in re.findall(r"[a-z_:][a-z0-9_:]*(?!\s*\()\b", expression)
            if word.startswith(("gramsetu_", "process_")) or word == "up"}


def expressions():
    for line in read(RULES).splitlines():
        if line.strip().startswith("expr:"):
            yield "rules", line.split("expr:", 1)[1]
    board = json.loads(read(DASHBOARD))
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for variable in board["templating"]["list"]:
        if "query" in variable and variable["type"] == "query":
            yield variable["name"], re.sub(r"label_values\((.*), *\w+\)", r"\1", variable["query"])


def check_uses(types):
    known = set(types) | AT_TIMES
    for where, expression in expressions():
        for name in names_in(expression):
            plain = re.sub("_(bucket|sum|count)$", "", name)
            if name not in known and types.get(plain) not in ("histogram", "summary"):
                wrong(f"{where}: no hub has {name}")
    listed = set(re.findall(r"`((?:gramsetu|process)_[a-z0-9_]+)`", read(LIST)))
    for name in set(types) - listed:
        wrong(f"docs/metrics.md does not list {name}")
    for name in listed - known:
        wrong(f"docs/metrics.md lists {name}, which no hub has")


def anchor(title):
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).strip().replace(" ", "-")


def check_links():
    titles = {anchor(line[3:]) for line in read(PAGE).splitlines() if line.startswith("## ")}
    for target in re.findall(r"docs/what-to-do\.md#([a-z0-9-]+)", read(RULES)):
        if target not in titles:
            wrong(f"rules: docs/what-to-do.md has no section #{target}")


def check_commands(program):
    """Of each `gramsetu ...` of the page: its words are a command, its options that command's."""
    helps = {}
    for line in read(PAGE).splitlines():
        for typed in re.findall(r"^    (gramsetu .*)|`(gramsetu [^`]*)`", line):
            words = (typed[0] or typed[1]).split()[1:]
            command = []
            while words and re.fullmatch("[a-z]+", words[0]) and len(command) < 2:
                command.append(words.pop(0))
            if command and command[0] not in GROUPS:
                command = command[:1]
            key = tuple(command)
            if key not in helps:
                ran = run(program, *command, "--help")
                helps[key] = ran.stdout if ran.returncode == 0 else ""
            if not helps[key]:
                wrong(f"what-to-do.md: there is no command '{' '.join(command)}'")
            for option in words:
                known = re.search(rf"(^|[\s,]){re.escape(option)}\b", helps[key])
                if option.startswith("-") and not known:
                    wrong(f"what-to-do.md: '{' '.join(command)}' knows no {option}")


def check_promtool(text):
    tool = os.path.join(ROOT, "build/promtool/promtool")
    tool = tool if os.access(tool, os.X_OK) else shutil.which("promtool")
    if not tool:
        print("promtool is not installed: skipped")
        return
    for what in (["check", "metrics"], ["check", "rules", RULES], ["test", "rules", RULES_TEST]):
        ran = run(tool, *what, given=text if "metrics" in what else "")
        if ran.returncode != 0:
            wrong(f"promtool {' '.join(what[:2])}: {ran.stdout}{ran.stderr}")


def check_library(text):
    try:
        from prometheus_client.parser import text_string_to_metric_families
    except ImportError:
        print("prometheus_client is not installed: skipped")
        return
    for _ in text_string_to_metric_families(text):
        pass


def main():
    text = read(sys.argv[1])
    types, series = families(text)
    if len(sys.argv) > 2 and len(series) > int(sys.argv[2]):
        wrong(f"{len(series)} series, {sys.argv[2]} are expected at most")
    check_uses(types)
    check_links()
    if len(sys.argv) > 3:
        check_commands(sys.argv[3])
    check_library(text)
    check_promtool(text)
    for problem in problems:
        print(problem)
    print(f"{len(types)} families, {len(series)} series")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
