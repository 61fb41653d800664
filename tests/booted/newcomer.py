# Somebody who has the package and the first page of the handbook, and types what it says.
import json
import re
import time

from container import Failed

_BLOCK_SECONDS = 5 * 60  # an installation on a busy machine


def blocks_of(page):
    """The commands of a page, block by block, as they stand there."""
    with open(page, encoding="utf-8") as file:
        return re.findall(r"^```sh\n(.*?)^```$", file.read(), re.M | re.S)


def walk(box, page, report):
    begin = time.monotonic()
    blocks = blocks_of(page)
    if len(blocks) < 5:
        raise Failed(f"{page} has {len(blocks)} blocks of commands; is it still the page?")
    for number, block in enumerate(blocks, 1):
        at = time.monotonic()
        box.do("set -e\n" + block, timeout=_BLOCK_SECONDS)
        first = block.splitlines()[0]
        report(f"block {number}: {first} ({time.monotonic() - at:.1f} s)")
    seconds = time.monotonic() - begin
    look(box, report)
    return seconds


def look(box, report):
    """At the end a hub syncs by itself, and the newcomer has seen a change come in."""
    status = json.loads(box.do("gramsetu status --json"))
    flows = {flow["flow"]: flow for flow in status["flows"]}
    if sorted(flows) != ["district@directory", "local_body@directory", "state@directory",
                         "voucher@accounts"]:
        raise Failed(f"the hub has other flows than the page's: {sorted(flows)}")
    amount = box.do("gramsetu records get voucher V1001")
    if "480000" not in amount:
        raise Failed(f"the change of the page has not come in: {amount}")
    box.do("systemctl is-active gramsetu && systemctl is-enabled gramsetu")
    report("the hub of the page syncs: " + ", ".join(sorted(flows)))
