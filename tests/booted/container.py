# A small Debian 12 that boots: a folder made once, and containers over it that leave nothing behind.
import os
import shutil
import signal
import subprocess
import time

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SOURCES = ["/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"]
_BOOT_SECONDS = 60
_STREAMS = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
            "text": True, "errors": "replace",
            "env": {"PATH": _PATH, "HOME": "/root", "TERM": "dumb", "LANG": "C.UTF-8"}}


class Skip(Exception):
    """This machine cannot boot a container; says why."""


class Failed(Exception):
    """A step did not do what it should; says what it did."""


def require_tools():
    if os.geteuid() != 0:
        raise Skip("booting a container needs root")
    for tool in ("systemd-nspawn", "nsenter", "unshare", "mmdebstrap"):
        if not shutil.which(tool):
            raise Skip(f"{tool} is not installed")


def _sources():
    for path in _SOURCES:
        if os.path.exists(path) and os.path.getsize(path):
            return path
    raise Skip("apt has no sources here that a Debian could be made from")


def _remove(folder):
    """Never into something that is mounted there."""
    with open("/proc/self/mounts", encoding="utf-8") as file:
        if any(line.split()[1].startswith(folder + "/") for line in file):
            raise Skip(f"something is mounted below {folder}; unmount it, and remove the folder")
    shutil.rmtree(folder, ignore_errors=True)


def make_base(folder, package):
    """The folder, with what `package` depends on downloaded and not installed. Made once."""
    ready = os.path.join(folder, "ready")
    if os.path.exists(ready):
        return
    _remove(folder)
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    # In a mount namespace of its own: what it mounts is gone with it, also when it is killed.
    made = subprocess.run(["unshare", "--mount", "--propagation", "private", "mmdebstrap",
                           "--mode=root", "--dpkgopt=force-unsafe-io", "--variant=minbase",
                           "--skip=cleanup/apt", "--include=systemd-sysv,dbus,ca-certificates",
                           "bookworm", folder, _sources()], capture_output=True, text=True)
    if made.returncode != 0:
        raise Skip("no Debian could be made: " + made.stderr.strip().splitlines()[-1])
    shutil.copy(package, os.path.join(folder, "opt/gramsetu.deb"))
    shutil.copy("/etc/resolv.conf", os.path.join(folder, "etc/resolv.conf"))
    got = subprocess.run(["chroot", folder, "apt-get", "-y", "--download-only", "install",
                          "/opt/gramsetu.deb"], capture_output=True, text=True,
                         env={"PATH": _PATH, "DEBIAN_FRONTEND": "noninteractive"})
    os.remove(os.path.join(folder, "opt/gramsetu.deb"))
    if got.returncode != 0:
        raise Skip("the libraries could not be downloaded: " + got.stderr.strip().splitlines()[-1])
    with open(ready, "w", encoding="utf-8") as file:
        file.write("made\n")


class Result:
    def __init__(self, code, out):
        self.code, self.out = code, out


class Container:
    """Booted; loopback is its only network. `shared`: folders and files of ours, read-only."""

    def __init__(self, base, shared, log):
        binds = [f"--bind-ro={ours}:{theirs}" for ours, theirs in shared.items()]
        self._log = open(log, "w", encoding="utf-8")
        self._process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--keep-unit", "--register=no", "--private-network",
             "--volatile=overlay", "--machine=gramsetu", *binds, "-D", base, "--boot"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self._leader = None

    def __enter__(self):
        end = time.monotonic() + _BOOT_SECONDS
        while time.monotonic() < end:
            if self._process.poll() is not None:
                self._log.flush()
                with open(self._log.name, encoding="utf-8", errors="replace") as file:
                    words = file.read().strip().splitlines() or ["systemd-nspawn ended at once"]
                raise Skip("no container boots here: " + words[-1])
            if self._find_leader() and self.sh("systemctl is-system-running").out.strip() in \
                    ("running", "degraded"):
                return self
            time.sleep(0.1)
        self.close()
        raise Skip(f"the container has not come up after {_BOOT_SECONDS} s; see {self._log.name}")

    def __exit__(self, *_):
        self.close()

    def _find_leader(self):
        """systemd-nspawn's child: process 1 of the container."""
        number = self._process.pid
        with open(f"/proc/{number}/task/{number}/children", encoding="utf-8") as file:
            children = file.read().split()
        self._leader = children[-1] if children else None
        return self._leader

    def close(self):
        if self._process.poll() is None and self._leader:
            os.kill(int(self._leader), signal.SIGRTMIN + 4)  # systemd: power off
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _words(self, script):
        return ["nsenter", "-t", self._leader, "-m", "-u", "-i", "-n", "-p", "-C", "--wdns=/root",
                "bash", "-c", script]

    def sh(self, script, timeout=120):
        """Runs a script inside, as root; out and error output together."""
        try:
            ran = subprocess.run(self._words(script), timeout=timeout, **_STREAMS)
        except subprocess.TimeoutExpired:
            raise Failed(f"has not ended after {timeout} s: {script}") from None
        return Result(ran.returncode, ran.stdout)

    def do(self, script, timeout=120):
        """As `sh`, and it must end well; what it said."""
        result = self.sh(script, timeout)
        if result.code != 0:
            raise Failed(f"ended with {result.code}: {script}\n{result.out}")
        return result.out.strip()

    def start(self, script):
        """Runs it beside the test; the process."""
        return subprocess.Popen(self._words(script), **_STREAMS)

    def write(self, path, text, mode="644"):
        ran = subprocess.run(self._words(f"umask 077; cat >'{path}' && chmod {mode} '{path}'"),
                             input=text, text=True, capture_output=True)
        if ran.returncode != 0:
            raise Failed(f"cannot write {path}: {ran.stderr}")

    def until(self, script, seconds=30):
        """Waits until a script ends with 0."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.sh(script).code == 0:
                return
            time.sleep(0.2)
        raise Failed(f"not so after {seconds} s: {script}\n" +
                     self.sh("systemctl status gramsetu --no-pager -l -n 20").out)

    def property(self, name):
        return self.do(f"systemctl show gramsetu -p {name} --value")
