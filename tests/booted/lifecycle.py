# What becomes of work and data when the package is upgraded, taken back, removed and purged.
import json
import re

import district
from container import Failed
from service import expect, is_ready, pid

STORE = "/var/lib/private/gramsetu/hub.db"
APT = "DEBIAN_FRONTEND=noninteractive apt-get -y -q --allow-downgrades"


def count(box):
    return json.loads(box.do("gramsetu records count voucher --json"))


def upgrades_with_work_in_flight(box, ports, newer):
    district.slow(box, ports, 1500)
    run = box.start("gramsetu sync voucher@central --full")
    box.until("gramsetu runs list --state running --json | grep -q voucher@central")
    before = pid(box)
    box.do(f"{APT} install {newer}", timeout=180)
    expect(pid(box) not in (before, "0"), "the new version does not run")
    run.wait(60)
    is_ready(box)
    district.slow(box, ports, 0)
    district.agrees(box)


def _schema(box, change):
    """Adds to the number of the store's form, as a newer version would."""
    box.do("systemctl stop gramsetu")
    box.do(f"python3 - <<'E'\nwith open('{STORE}', 'r+b') as file:\n    file.seek(60)\n"
           f"    number = int.from_bytes(file.read(4), 'big') + {change}\n    file.seek(60)\n"
           "    file.write(number.to_bytes(4, 'big'))\nE")


def refuses_to_go_back_over_a_newer_store(box, older):
    _schema(box, +1)
    digest = box.do(f"sha256sum {STORE}")
    told = box.sh(f"{APT} install {older}")
    expect(told.code != 0, "an older version was installed over a newer store")
    for word in ("knows schemas up to", "apt-get install gramsetu=", "BACKUP"):
        expect(word in told.out, f"it does not say what to do ('{word}'): {told.out}")
    version = box.do("dpkg-query -W -f '${Version} ${db:Status-Status}' gramsetu")
    expect("0.1.1" in version, f"the newer one is gone: {version}")
    # The hub's own word, for who gets there another way.
    told = box.sh("systemctl start gramsetu")
    expect(told.code != 0, "a hub opened a store that it does not know")
    expect(box.do(f"sha256sum {STORE}") == digest, "the store was touched")
    _schema(box, -1)
    box.do("systemctl reset-failed gramsetu; systemctl start gramsetu")
    is_ready(box)


def goes_back(box, older):
    before = count(box)
    box.do(f"{APT} install {older}", timeout=180)
    is_ready(box)
    expect(count(box) == before, "records changed while going back")
    district.agrees(box)


def keeps_a_stopped_service_stopped(box, newer):
    box.do("systemctl stop gramsetu")
    box.do(f"{APT} install {newer}", timeout=180)
    expect(box.property("ActiveState") == "inactive", "an upgrade started what was stopped")
    box.do("systemctl start gramsetu")


def goes_back_to_a_backup_as_it_is_told(box, older, newer):
    """What the refusal says is typed as it stands there."""
    box.do("gramsetu backup /var/lib/gramsetu/before.gsb")
    before = count(box)
    _schema(box, +1)
    told = box.sh(f"{APT} install {older}").out
    lines = re.findall(r"^gramsetu:     (.*)$", told, re.M)
    expect(len(lines) == 6, f"it has other lines to type than it had: {told}")
    for line in lines[1:]:
        if line.startswith("apt-get install"):
            line = f"{APT} install {older}"
        box.do(line.replace("BACKUP", "/var/lib/private/gramsetu/before.gsb"), timeout=180)
    is_ready(box)
    expect(count(box) == before, "records of the backup are missing")
    box.do(f"test -s {STORE}.newer && gramsetu rewind show | grep -q 'restored from'")
    box.do("gramsetu rewind accept --note 'went back' && rm /var/lib/private/gramsetu/before.gsb")
    district.agrees(box)
    box.do(f"{APT} install {newer}", timeout=180)
    is_ready(box)


def runs_on_when_the_new_one_finds_errors(box, older):
    before = pid(box)
    box.do("echo 'flowers: {}' >/etc/gramsetu/conf.d/zz.yaml")
    told = box.do(f"{APT} install {older}", timeout=180)
    expect(pid(box) == before, "the old one does not run on")
    expect("flowers" in told, f"nobody is told: {told}")
    box.do("rm /etc/gramsetu/conf.d/zz.yaml && systemctl restart gramsetu")
    is_ready(box)


def is_removed_and_keeps_all(box, older):
    before = count(box)
    box.do(f"{APT} remove gramsetu", timeout=180)
    expect(box.sh("systemctl is-active gramsetu").code != 0, "it runs on after its removal")
    expect(box.sh("test -e /usr/bin/gramsetu").code != 0, "the program is still there")
    box.do(f"test -s {STORE} -a -s /etc/gramsetu/gramsetu.yaml -a -s /etc/gramsetu/conf.d/sim.yaml "
           "-a -s /etc/gramsetu/credentials/central")
    box.do(f"{APT} install {older}", timeout=180)
    is_ready(box)
    expect(count(box) == before, "records were lost by a removal")


def is_purged_and_keeps_the_records(box, older):
    told = box.do(f"{APT} purge gramsetu", timeout=180)
    expect("the records stay in" in told, f"nobody is told where the records are: {told}")
    expect(box.sh("test -e /etc/gramsetu").code != 0, "the configuration is still there")
    box.do(f"test -s {STORE}")
    box.do(f"{APT} install {older}", timeout=180)
    is_ready(box)


def is_purged_with_the_records(box):
    box.do("echo 'gramsetu gramsetu/purge-records boolean true' | debconf-set-selections")
    told = box.do(f"{APT} purge gramsetu", timeout=180)
    expect(box.sh("test -e /var/lib/private/gramsetu -o -e /var/lib/gramsetu").code != 0,
           f"the records are there against an operator's word: {told}")


def story(older, newer):
    """(what, step) in order; each takes the container and the district's ports."""
    steps = [(upgrades_with_work_in_flight, lambda box, ports: (box, ports, newer)),
             (refuses_to_go_back_over_a_newer_store, lambda box, ports: (box, older)),
             (goes_back, lambda box, ports: (box, older)),
             (keeps_a_stopped_service_stopped, lambda box, ports: (box, newer)),
             (goes_back_to_a_backup_as_it_is_told, lambda box, ports: (box, older, newer)),
             (runs_on_when_the_new_one_finds_errors, lambda box, ports: (box, older)),
             (is_removed_and_keeps_all, lambda box, ports: (box, older)),
             (is_purged_and_keeps_the_records, lambda box, ports: (box, older)),
             (is_purged_with_the_records, lambda box, ports: (box,))]
    return steps
