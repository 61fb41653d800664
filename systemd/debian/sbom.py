# The bill of materials, SPDX 2.3: which libraries are in the program or loaded by it, in which version.
import json
import os
import re
import subprocess
import time

# Compiled into the program: header-only, so that nothing in the binary names them.
HEADERS = ["libboost1.81-dev", "rapidjson-dev", "libcli11-dev", "libexpected-dev"]


def _output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def _library_files(binary):
    """The libraries that the program itself asks for, as files of this system."""
    needed = re.findall(r"NEEDED\).*\[(.*)\]", _output("readelf", "-dW", binary))
    found = dict(re.findall(r"^\s*(\S+) => (/\S+)", _output("ldd", binary), re.M))
    return [os.path.realpath(found[name]) for name in needed if name in found]


def _package_of(path):
    """dpkg knows a file by where it was installed, which may lack the /usr of a merged system."""
    for known in (path, path.removeprefix("/usr")):
        asked = subprocess.run(["dpkg-query", "-S", known], capture_output=True, text=True)
        if asked.returncode == 0:
            return asked.stdout.split(": ")[0].split(",")[0].split(":")[0]
    raise SystemExit(f"no package has {path}")


def _described(name):
    form = "${source:Package}\t${source:Version}\t${Version}\t${Homepage}\n"
    source, source_version, version, home = _output("dpkg-query", "-W", f"-f={form}", name) \
        .splitlines()[0].split("\t")
    return {"name": name, "source": source, "source_version": source_version, "version": version,
            "home": home or "NOASSERTION"}


def _item(library, linked):
    how = "loaded when the program starts" if linked else "headers, compiled into the program"
    purl = f"pkg:deb/debian/{library['name']}@{library['version']}?arch=amd64&distro=debian-12"
    return {"SPDXID": "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", library["name"]),
            "name": library["name"], "versionInfo": library["version"],
            "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION",
            "homepage": library["home"], "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
            "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
            "sourceInfo": f"built from {library['source']} {library['source_version']}; {how}",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                              "referenceLocator": purl}]}


def document(binary, version, when):
    loaded = sorted({_package_of(path) for path in _library_files(binary)})
    items = [_item(_described(name), True) for name in loaded]
    items += [_item(_described(name), False) for name in HEADERS]
    ours = {"SPDXID": "SPDXRef-gramsetu", "name": "gramsetu", "versionInfo": version,
            "supplier": "Organization: GramSetu maintainers", "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0", "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": "APPLICATION"}
    links = [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
              "relatedSpdxElement": "SPDXRef-gramsetu"}]
    for item in items:
        kind = "DYNAMIC_LINK" if "loaded" in item["sourceInfo"] else "STATIC_LINK"
        links.append({"spdxElementId": "SPDXRef-gramsetu", "relationshipType": kind,
                      "relatedSpdxElement": item["SPDXID"]})
    made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    return json.dumps({"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0",
                       "SPDXID": "SPDXRef-DOCUMENT", "name": f"gramsetu-{version}",
                       "documentNamespace": f"https://spdx.org/spdxdocs/gramsetu-{version}-{when}",
                       "creationInfo": {"created": made, "creators": ["Tool: gramsetu-sbom"]},
                       "packages": [ours] + items, "relationships": links}, indent=1) + "\n"
