# What the house forbids: calls upwards, libraries outside their doors, words that lie.
import os
import re

# A room and the rooms that it may include, besides itself. CMakeLists.txt links by the same edges.
_CONTRACTS = ["base", "schema", "connectors/api"]
_TRANSPORTS = ["connectors/http", "connectors/files", "connectors/exec",
               "connectors/sql", "connectors/sftp", "connectors/wrap"]
_RECORDS = _CONTRACTS + ["connectors/formats"]
_CONFIG = _RECORDS + _TRANSPORTS + ["connectors", "daemon/schedule"]
_ENGINE = _CONTRACTS + ["daemon/store"]
_RUNTIME = _CONFIG + ["config", "daemon/audit", "daemon/store", "daemon/engine"]
ROOMS = {
    "base": [],
    "schema": ["base"],
    "connectors/api": ["base", "schema"],
    "connectors/formats": _CONTRACTS,
    "connectors/http": _RECORDS,
    "connectors/files": _RECORDS,
    "connectors/sftp": _RECORDS + ["connectors/files"],
    "connectors/exec": _CONTRACTS,
    "connectors/sql": _CONTRACTS,
    "connectors/wrap": _CONTRACTS,
    "connectors": _RECORDS + _TRANSPORTS,
    "connectors/kit": _RECORDS + _TRANSPORTS,
    "daemon/schedule": ["base"],
    "daemon/store": ["base"],
    "daemon/audit": ["base", "schema"],
    "config": _CONFIG,
    "daemon/engine": _ENGINE,
    "daemon/runtime": _RUNTIME,
    "daemon/api": _RUNTIME + ["daemon/runtime", "connectors/kit"],
    "daemon/commands": _RUNTIME + ["daemon/runtime", "daemon/api", "connectors/kit"],
    "daemon": _RUNTIME + ["daemon/runtime", "daemon/api", "daemon/commands"],  # main.cpp
}

# Where a library may be included in the product. A folder ends in '/'.
DOORS = {
    "boost/beast": ["daemon/api/server_session.cpp", "daemon/api/server_line.hpp",
                    "daemon/api/client.cpp"],
    "boost/": ["daemon/runtime/loop.cpp", "daemon/api/server.cpp", "daemon/api/server_session.cpp",
               "daemon/api/server_line.hpp", "daemon/api/server_tls.cpp", "daemon/api/client.cpp"],
    "curl/": ["connectors/http/"],
    "sqlite3.h": ["daemon/store/sqlite/", "connectors/sql/sqlite.cpp"],
    "libpq-fe.h": ["daemon/store/postgresql/", "connectors/sql/link.cpp"],
    "yaml-cpp/": ["schema/document.cpp"],
    "rapidjson/": ["schema/json"],
    "expat.h": ["schema/xml.cpp"],
    "unicode/": ["schema/"],
    "zlib.h": ["connectors/files/", "connectors/http/inflate.cpp"],
    "zip.h": ["connectors/files/zip.cpp"],
    "libxml/": ["connectors/formats/html.cpp", "connectors/files/signature.cpp"],
    "xmlsec/": ["connectors/files/signature.cpp"],
    "libssh/": ["connectors/sftp/"],
    "openssl/": ["base/", "connectors/http/seal/", "connectors/http/identity.cpp",
                 "daemon/api/server_tls.cpp"],
    "xxhash.h": ["base/quick_hash.cpp"],
    "CLI/": ["daemon/commands/", "daemon/main.cpp"],
    "tl/": ["base/result.hpp"],
}

TOP_LEVEL = {
    ".ci", ".clang-format", ".clang-tidy", ".editorconfig", ".gitattributes", ".gitignore",
    "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json", "CONTRIBUTING.md", "LICENSE",
    "README.md", "SECURITY.md", "base", "config", "connectors", "daemon", "dev", "docs", "schema",
    "systemd", "tests",
}

# (pattern, why, the files it is allowed in), for the product's code and not its tests'.
_FORBIDDEN_CODE = [
    (r"\b(?:long )?(?:float|double)\b|\b(?:std::)?(?:stod|stof|stold|strtod|atof)\b|\bGetDouble\b",
     "no floats: money and ids are digits end to end",
     ["schema/json.cpp"]),  # RapidJSON's handler must have a Double, which refuses
    (r"\bsystem_clock::now\b|\bgettimeofday\b|\bclock_gettime\b|\blocaltime(?:_r)?\b",
     "only the Clock says what time it is", ["base/clock.cpp"]),
    (r"\bco_(?:await|return|yield)\b", "no coroutines: g++ 12 miscompiles them", []),
    (r"\bsleep_for\b|\busleep\b|(?<![\w:])sleep\(", "wait with Clock::sleep_until", []),
    (r"^\s*#\s*define\b", "no macros but TRY", ["base/result.hpp"]),
    (r"\bCURLOPT_FOLLOWLOCATION,\s*(?!0)\S",
     "redirects are followed by our own code or not at all", []),
]


def room_of(path):
    """The longest room that a path lies in; nothing for tests and other folders."""
    folder = os.path.dirname(path)
    while folder and folder not in ROOMS:
        folder = os.path.dirname(folder)
    return folder


def floors(source):
    room = room_of(source.path)
    if not source.is_cpp or source.is_test or not room:
        return
    for line, ours, path in source.includes():
        if not ours:
            continue
        target = room_of(path)
        if path.startswith("tests/"):
            yield line, f"{room} includes {path}: the product does not know its tests"
        elif not target:
            yield line, f"{path}: write an include of ours as a full path from the root"
        elif target != room and target not in ROOMS[room]:
            yield line, f"{room} may not include {target}; see the floors in docs/architecture.md"


def doors(source):
    if not source.is_cpp or source.is_test:
        return
    for line, ours, path in source.includes():
        for library, places in DOORS.items():
            if not ours and path.startswith(library):
                if not source.path.startswith(tuple(places)):
                    yield line, f"<{path}> is included in {' and '.join(places)} only"
                break


def words(source):
    if source.is_cpp and not source.is_test:
        for pattern, why, allowed in _FORBIDDEN_CODE:
            if source.path not in allowed:
                for line, found in source.matches(pattern):
                    yield line, f"'{found.strip()}': {why}"
    if source.path.endswith(".hpp"):
        for line, found in source.matches(r"^\s*using namespace\b"):
            yield line, f"'{found.strip()}' in a header is in everybody's file"
    if not source.path.startswith("tests/tidy/"):
        for line, found in source.matches(r"\b(?:TODO|FIXME|XXX)\b(?!\s*\(?#\d)", code=False):
            yield line, f"{found} needs an issue number, as in '{found} #12'"


# Split, so that this file does not find itself.
_FOLDERS = "|".join(["wo" + "rk", "ho" + "me", "ro" + "ot"])
_MACHINE_PATH = r"(?<![\w.$}/-])/(?:" + _FOLDERS + r")/[\w.-]"


def paths(source):
    for line, found in source.matches(_MACHINE_PATH, code=False):
        yield line, f"'{found}...' is a path of one machine"


_NOTE = {".cpp": "// ", ".hpp": "// ", ".py": "# ", ".yaml": "# ", ".cmake": "# ", ".sql": "-- ",
         ".service": "# ", ".md": "# "}


def first_line(source):
    ending = os.path.splitext(source.path)[1]
    name = os.path.basename(source.path)
    mark = "# " if name == "CMakeLists.txt" else _NOTE.get(ending)
    if not mark or not source.lines:
        return
    first = source.lines[1] if source.lines[0].startswith("#!") and len(source.lines) > 1 \
        else source.lines[0]
    least = 1 if ending == ".md" else 2
    if not first.startswith(mark) or len(first.split()) <= least:
        yield 1, "the first line says in a sentence what the file is for"


def top_level(paths_of_all):
    for name in sorted({path.split("/")[0] for path in paths_of_all} - TOP_LEVEL):
        yield f"{name}: not one of the folders and files that belong at the top"


def links(source, exists):
    """Relative links in documents lead somewhere."""
    if not source.path.endswith(".md"):
        return
    for line, found in source.matches(r"\]\((?!https?:|#|mailto:)[^)\s]+\)", code=False):
        target = found[2:-1].split("#")[0]
        if not exists(os.path.normpath(os.path.join(os.path.dirname(source.path), target))):
            yield line, f"the link to {target} leads nowhere"


PER_FILE = [floors, doors, words, paths, first_line]
