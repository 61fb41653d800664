#!/usr/bin/python3
# A tap over a folder: records.jsonl is what it knows, and the file `mishap` what goes wrong, once.
import argparse
import json
import os
import sys
import time

SCHEMA = {"properties": {"scheme_code": {"type": "string"}, "name": {"type": ["null", "string"]},
                         "changed": {"type": "integer"}}}


def say(**message):
    sys.stdout.write(json.dumps(message) + "\n")


def take(path):
    """What the file says; then it is gone. Empty when it is not there."""
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        os.remove(path)
        return text
    except FileNotFoundError:
        return ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--config", required=True)
    parser.add_argument("--state")
    parser.add_argument("--catalog")
    parser.add_argument("--discover", action="store_true")
    asked = parser.parse_args()
    with open(asked.config, encoding="utf-8") as file:
        folder = json.load(file)["folder"]
    if asked.discover:
        print(json.dumps({"streams": [{"stream": "schemes", "tap_stream_id": "schemes",
                                       "schema": SCHEMA}]}, indent=2), end="")
        return
    state = {}
    if asked.state:
        with open(asked.state, encoding="utf-8") as file:
            state = json.load(file)
    mishap, _, detail = take(os.path.join(folder, "mishap")).partition(" ")
    if mishap == "down":
        sys.exit("the system is away")
    if mishap == "latency":
        time.sleep(float(detail))
    say(type="SCHEMA", stream="schemes", schema=SCHEMA, key_properties=["scheme_code"])
    with open(os.path.join(folder, "records.jsonl"), encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    since = state.get("changed", 0)
    news = [record for record in records if record["changed"] > since]
    for number, record in enumerate(news):
        if number == len(news) // 2 and mishap:
            sys.stdout.flush()
            if mishap == "closed":
                os._exit(1)
            if mishap == "killed":
                os.kill(os.getpid(), 9)
            if mishap == "truncated":
                sys.stdout.write('{"type": "RECORD", "stream": "schemes", "record": {"sche')
                return
            if mishap == "malformed":
                sys.stdout.write('{"type": "RECORD", "record": {"scheme_code"\n')
        say(type="RECORD", stream="schemes", record=record)
    highest = max([record["changed"] for record in news], default=since)
    say(type="STATE", value={"changed": highest})


main()
