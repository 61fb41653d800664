#!/usr/bin/env python3
# Does the schema of manifests, asked by an independent validator, take ours and refuse mistakes?
import copy
import json
import os
import re
import sys

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"skipped: {missing}; ./dev setup installs it")
    sys.exit(77)

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))


class Loader(yaml.SafeLoader):
    """Scalars as editors read them (YAML 1.2): `no` and `12:30` are texts, and so are dates."""


Loader.yaml_implicit_resolvers = {}
for tag, pattern, first in (("bool", r"^(true|false)$", "tf"),
                            ("int", r"^-?(0|[1-9][0-9]*)$", "-0123456789"),
                            ("null", r"^(~|null|)$", ["~", "n", ""])):
    Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(pattern), list(first))


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def manifests():
    folder = "connectors/manifests"
    for name in sorted(os.listdir(os.path.join(ROOT, folder))):
        if name.endswith(".yaml"):
            yield name, yaml.load(read(f"{folder}/{name}"), Loader)
    guide = re.search(r"^```yaml connectors/sanitation\.yaml\n(.*?)^```",
                      read("docs/connectors.md"), re.M | re.S)
    yield "the guide's", yaml.load(guide.group(1), Loader)


# What is put where, by the path in the guide's manifest. None: what stands there is taken away.
MISTAKES = [
    (["transport"], "htpp"), (["transport"], None), (["streams"], {}), (["role"], "federal"),
    (["options", "page_size", "type"], "number"), (["options", "page_size", "least"], 1),
    (["errors", 0, "action"], "ignore"), (["errors", 0, "status"], 42),
    (["streams", "assets", "entity"], None), (["streams", "assets", "filds"], {}),
    (["streams", "assets", "deletes"], "sometimes"),
    (["streams", "assets", "cursor", "type"], "date"),
    (["streams", "assets", "slices"], {"gp": "hub.panchayat"}),
    (["streams", "assets", "pull", "request", "path"], "assets"),
    (["streams", "assets", "pull", "pages", "by"], "ofset"),
    (["streams", "assets", "fields", "cost", "as"], "rupee"),
    (["streams", "assets", "fields", "cost", "form"], "x"),
    (["streams", "assets", "fields", "acquired_on", "zone"], "IST"),
    (["streams", "assets", "fields", "status", "values"], ["U", "A"]),
    (["streams", "assets", "fields", "name"], 7),
]


def with_mistake(document, path, value):
    made = copy.deepcopy(document)
    at = made
    for step in path[:-1]:
        at = at[step]
    if value is None:
        del at[path[-1]]
    else:
        at[path[-1]] = value
    return made


def main():
    schema = json.loads(read("config/manifest.schema.json"))
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    problems, guide = [], None
    for name, guide in manifests():
        problems += [f"{name}: {'/'.join(map(str, error.path))}: {error.message}"
                     for error in validator.iter_errors(guide)]
    for path, value in MISTAKES:
        if validator.is_valid(with_mistake(guide, path, value)):
            problems.append(f"not seen: {'/'.join(map(str, path))} = {value!r}")
    print(*problems, f"manifest schema: {len(problems)} problems", sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
