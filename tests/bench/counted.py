# One run of the bench under callgrind: what it counted between entering and leaving each part.
import os
import shutil
import subprocess
import sys
import tempfile

PARTS, RECORDS = ["load", "unchanged", "changed", "reconcile"], 1000
# The libraries choose by the processor: the same choice everywhere gives the same count.
STEADY = {"OPENSSL_ia32cap": "~0x200000200000000:~0x20000120",
          "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2_Usable,-AVX_Fast_Unaligned_Load,-ERMS"}


def missing():
    """What has to be installed before anything can be counted, or nothing."""
    return "" if shutil.which("valgrind") else \
        "valgrind is not installed (apt-get install valgrind)"


def dumps(build, *options):
    """{part: what callgrind wrote about it}, of the bench in a build."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", "--dump-before=bench_counted",
                   "--dump-after=bench_counted", f"--callgrind-out-file={folder}/out", *options,
                   os.path.join(build, "tests/bench"), "--count", folder,
                   "--records", str(RECORDS)]
        done = subprocess.run(command, env={**os.environ, **STEADY}, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
        found = []
        for number in range(1, 2 * len(PARTS) + 1):
            with open(f"{folder}/out.{number}", encoding="utf-8") as file:
                text = file.read()
            if "Trigger: --dump-after" in text:
                found.append(text)
    return dict(zip(PARTS, found, strict=True))
