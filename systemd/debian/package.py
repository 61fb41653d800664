#!/usr/bin/env python3
# Makes the Debian package, build/package/gramsetu_VERSION_amd64.deb, from a build of the preset `package`.
"""Two runs over one commit on one system give the same file, byte for byte: ../README.md."""
import argparse
import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True  # No __pycache__ in the source tree.

import checks  # noqa: E402
import pages  # noqa: E402
import sbom  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.normpath(os.path.join(HERE, "../.."))
MAINTAINER = "GramSetu maintainers <maintainers@gramsetu.example>"
GUIDES = ["install", "operators", "conflicts", "certificate", "places", "plans", "connectors",
          "systems"]


def output_of(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout.strip()


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def commit_time():
    """When the commit was made: the one time that the package knows."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    return int(given or output_of("git", "-C", ROOT, "log", "-1", "--format=%ct"))


def usual_version():
    """Of CMakeLists.txt; the part after the dash counts packagings of one version."""
    return re.search(r"project\(gramsetu VERSION (\S+)", read("CMakeLists.txt"))[1] + "-1"


class Stage:
    """The files of the package under a folder, as they will be installed."""

    def __init__(self, folder):
        self.folder = folder

    def place(self, path):
        target = os.path.join(self.folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        return target

    def copy(self, source, path, mode=0o644):
        shutil.copyfile(os.path.join(ROOT, source), self.place(path))
        os.chmod(self.place(path), mode)

    def tree(self, source, path):
        top = os.path.join(ROOT, source)
        for folder, _, names in sorted(os.walk(top)):
            for name in sorted(names):
                whole = os.path.join(folder, name)
                self.copy(whole, os.path.join(path, os.path.relpath(whole, top)))

    def write(self, path, text, mode=0o644):
        data = text.encode() if isinstance(text, str) else text
        if path.endswith(".gz"):
            data = gzip.compress(data, 9, mtime=0)
        with open(self.place(path), "wb") as file:
            file.write(data)
        os.chmod(self.place(path), mode)

    def empty(self, path, mode=0o755):
        os.makedirs(os.path.join(self.folder, path), exist_ok=True)
        os.chmod(os.path.join(self.folder, path), mode)

    def files(self):
        for folder, folders, names in os.walk(self.folder):
            folders.sort()
            for name in sorted(names):
                yield os.path.relpath(os.path.join(folder, name), self.folder)


def stage_programs(stage, build):
    binary = stage.place("usr/bin/gramsetu")
    subprocess.run(["strip", "--strip-unneeded", "--remove-section=.comment",
                    "--remove-section=.note", "-o", binary, os.path.join(build, "gramsetu")],
                   check=True)
    os.chmod(binary, 0o755)
    for folder, _, names in sorted(os.walk(os.path.join(ROOT, "daemon"))):
        for name in sorted(names):
            if name.startswith("gramsetu-") and "." not in name:
                program = os.path.join(folder, name)
                stage.copy(program, f"usr/bin/{name}", 0o755)
                stage.write(f"usr/share/man/man1/{name}.1.gz", pages.page_of_help(program))


def stage_shared(stage):
    share = "usr/share/gramsetu"
    stage.tree("schema/entities", f"{share}/entities")
    stage.tree("connectors/manifests", f"{share}/connectors")
    for name in ("gramsetu.schema.json", "manifest.schema.json"):
        stage.copy(f"config/{name}", f"{share}/{name}")
    stage.copy("config/gramsetu.example.yaml", f"{share}/examples/gramsetu.yaml")
    stage.tree("systemd/debian/examples", f"{share}/examples")


def stage_system(stage):
    for unit in ("gramsetu.service", "gramsetu.socket"):
        stage.copy(f"systemd/{unit}", f"usr/lib/systemd/system/{unit}")
    stage.copy("systemd/gramsetu.sysusers", "usr/lib/sysusers.d/gramsetu.conf")
    stage.copy("systemd/gramsetu.tmpfiles", "usr/lib/tmpfiles.d/gramsetu.conf")
    if os.path.exists(os.path.join(ROOT, "systemd/gramsetu.catalog")):
        stage.copy("systemd/gramsetu.catalog", "usr/lib/systemd/catalog/gramsetu.catalog")
    stage.copy("systemd/debian/gramsetu.yaml", "etc/gramsetu/gramsetu.yaml")
    stage.empty("etc/gramsetu/conf.d")
    stage.empty("etc/gramsetu/connectors")
    stage.empty("etc/gramsetu/credentials", 0o700)


def stage_pages(stage, build, folder):
    subprocess.run([os.path.join(build, "gramsetu"), "docs", "--package", folder], check=True)
    for name, path in {"gramsetu.1": "man/man1/gramsetu.1.gz",
                       "gramsetu.bash": "bash-completion/completions/gramsetu",
                       "_gramsetu": "zsh/vendor-completions/_gramsetu",
                       "gramsetu.fish": "fish/vendor_completions.d/gramsetu.fish"}.items():
        stage.write(f"usr/share/{path}", read(os.path.join(folder, name)))
    reference = pages.page_of_reference(read("config/reference.md"))
    stage.write("usr/share/man/man5/gramsetu.yaml.5.gz", reference)


def stage_documents(stage, version, when):
    doc = "usr/share/doc/gramsetu"
    guides = {f"docs/{name}.md" for name in GUIDES} | {"config/reference.md"}
    for path in sorted(guides):
        if os.path.exists(os.path.join(ROOT, path)):
            text = pages.with_links_inside(read(path), guides)
            stage.write(f"{doc}/{os.path.basename(path)}", text)
    stage.copy("systemd/debian/copyright", f"{doc}/copyright")
    stage.write(f"{doc}/changelog.gz", read("CHANGELOG.md"))
    date = output_of("date", "-u", "-R", "-d", f"@{when}")
    stage.write(f"{doc}/changelog.Debian.gz",
                f"gramsetu ({version}) bookworm; urgency=medium\n\n"
                f"  * Version {version}; what changed is in changelog.gz.\n\n"
                f" -- {MAINTAINER}  {date}\n")
    stage.copy("systemd/debian/lintian-overrides", "usr/share/lintian/overrides/gramsetu")


def depends_of(stage):
    """The libraries with the versions that they need, as Debian's own tool computes them."""
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(os.path.join(folder, "debian"))
        with open(os.path.join(folder, "debian/control"), "w", encoding="utf-8") as file:
            file.write("Source: gramsetu\n\nPackage: gramsetu\nArchitecture: any\n")
        told = output_of("dpkg-shlibdeps", "-O", "-e" + stage.place("usr/bin/gramsetu"), cwd=folder)
    return re.search(r"^shlibs:Depends=(.*)$", told, re.M)[1]


def schema_of_store():
    names = os.listdir(os.path.join(ROOT, "daemon/store/migrations"))
    return max(int(name[:4]) for name in names if re.match(r"\d{4}_.*\.sql$", name))


def write_control(stage, version):
    files = list(stage.files())
    size = sum(os.path.getsize(os.path.join(stage.folder, path)) for path in files)
    words = {"VERSION": version, "ARCHITECTURE": output_of("dpkg", "--print-architecture"),
             "SIZE": str(size // 1024), "DEPENDS": depends_of(stage), "MAINTAINER": MAINTAINER,
             "SCHEMA": str(schema_of_store())}
    with_words = lambda text: re.sub(r"@([A-Z]+)@", lambda found: words[found[1]], text)
    ours = [path for path in files if path.startswith("etc/")]
    sums = [output_of("md5sum", path, cwd=stage.folder) for path in files if path not in ours]
    stage.write("DEBIAN/control", with_words(read("systemd/debian/control.in")))
    stage.write("DEBIAN/md5sums", "\n".join(sums) + "\n")
    stage.write("DEBIAN/conffiles", "".join(f"/{path}\n" for path in ours))
    stage.write("DEBIAN/templates", read("systemd/debian/templates"))
    for name in ("config", "preinst", "postinst", "prerm", "postrm"):
        stage.write(f"DEBIAN/{name}", with_words(read(f"systemd/debian/{name}")), 0o755)


def fill(stage, build, version, when):
    with tempfile.TemporaryDirectory() as scratch:
        stage_programs(stage, build)
        stage_shared(stage)
        stage_system(stage)
        stage_pages(stage, build, scratch)
    stage_documents(stage, version, when)
    bill = sbom.document(stage.place("usr/bin/gramsetu"), version, when)
    stage.write("usr/share/doc/gramsetu/sbom.spdx.json", bill)
    problems = checks.problems(stage.place("usr/bin/gramsetu"), ROOT)
    if problems:
        sys.exit("\n".join(problems))
    write_control(stage, version)


def pack(stage, target, when):
    """Every time in it is the commit's, and everything is root's."""
    os.chmod(stage.folder, 0o755)
    for folder, _, names in os.walk(stage.folder):
        for path in [folder] + [os.path.join(folder, name) for name in names]:
            os.utime(path, (when, when))
    # One thread, because what several write depends on how many there are.
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(when), "DPKG_DEB_THREADS_MAX": "1"}
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", stage.folder, target],
                   check=True, stdout=subprocess.DEVNULL, env=environment)


def make(build, out, version):
    when = commit_time()
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as scratch:
        stage = Stage(os.path.join(scratch, "stage"))
        fill(stage, build, version, when)
        architecture = output_of("dpkg", "--print-architecture")
        target = os.path.join(out, f"gramsetu_{version}_{architecture}.deb")
        pack(stage, target, when)
        shutil.copy(stage.place("usr/share/doc/gramsetu/sbom.spdx.json"), out)
    return target


def main():
    words = argparse.ArgumentParser(description="Makes the Debian package of a build.")
    words.add_argument("build", help="the folder of the build")
    words.add_argument("--out", help="where the package goes; the build's folder unless stated")
    words.add_argument("--version", default=usual_version(), help="of the package, as in 0.1.0-1")
    options = words.parse_args()
    os.makedirs(options.out or options.build, exist_ok=True)
    target = make(options.build, options.out or options.build, options.version)
    print(output_of("sha256sum", target))


if __name__ == "__main__":
    main()
