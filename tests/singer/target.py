#!/usr/bin/python3
# A target that upserts: a record that comes again has no second effect. The file `mishap` says what goes wrong,
# once; applied.jsonl has the idempotency keys that had an effect.
import argparse
import json
import os
import sys
import time


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
    with open(parser.parse_args().config, encoding="utf-8") as file:
        folder = json.load(file)["folder"]
    mishap, _, detail = take(os.path.join(folder, "mishap")).partition(" ")
    if mishap == "down":
        sys.exit("the system is away")
    if mishap == "latency":
        time.sleep(float(detail))
    if mishap == "broken":
        sys.stdin.buffer.read(1)
        os._exit(1)
    lines = [json.loads(line) for line in sys.stdin]
    if mishap == "closed":
        sys.exit("read, and thrown away")
    ledger = os.path.join(folder, "applied.jsonl")
    known = set()
    if os.path.exists(ledger):
        with open(ledger, encoding="utf-8") as file:
            known = {json.loads(line) for line in file}
    with open(ledger, "a", encoding="utf-8") as file:
        for line in lines:
            key = line["record"]["_key"] if line["type"] == "RECORD" else None
            if key and key not in known:
                known.add(key)
                file.write(json.dumps(key) + "\n")
    if mishap == "answer_lost":
        os._exit(1)
    if mishap == "silent":
        return
    for line in lines:
        if line["type"] == "STATE":
            print(json.dumps(line["value"]))


main()
