# What must hold of the program that ships: how it is hardened, and that nothing of the tests is in it.
import re
import subprocess

# What tests and their tools bring along. In a shipped program each would be a switch that nobody guards.
TEST_WORDS = [r"doctest", r"failpoint", r"gramsetu-sim", r"_sim/",
              r"GRAMSETU_(SEED|HISTORIES|KILLS|FAULT\w*)", r"libfaketime",
              r"BEGIN (RSA |EC )?PRIVATE KEY-----\n[A-Za-z0-9+/]"]


def _output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def hardening(binary):
    """(what, whether it holds). CET is not here: Debian 12's own start files are built without it,
    so the linker leaves the mark out, and neither its kernel nor its C library would look at it."""
    shape = _output("readelf", "-hlW", binary)
    dynamic = _output("readelf", "-dW", binary)
    symbols = _output("readelf", "--dyn-syms", "-W", binary)
    return [("is position-independent", "Position-Independent Executable" in shape),
            ("has its relocations read-only", "GNU_RELRO" in shape and "BIND_NOW" in dynamic),
            ("has a stack that is not executable", bool(re.search(r"GNU_STACK.* RW +0x", shape))),
            ("has no segment that is writable and executable",
             not re.search(r"LOAD.* RWE ", shape)),
            ("guards its stack", "__stack_chk_fail" in symbols),
            ("checks the bounds of library calls",
             bool(re.search(r"__(memcpy|snprintf|memmove)_chk", symbols))),
            ("looks for libraries where the system has them",
             not re.search(r"R(UN)?PATH", dynamic))]


def problems(binary, source_folder):
    found = [f"{binary}: not so: it {what}" for what, holds in hardening(binary) if not holds]
    texts = _output("strings", "-n", "5", binary)
    for word in TEST_WORDS:
        hit = re.search(word, texts)
        if hit:
            found.append(f"{binary}: '{hit[0]}' belongs to tests")
    if source_folder + "/" in texts:
        found.append(f"{binary}: knows the folder that it was built in; use the preset `package`")
    return found
