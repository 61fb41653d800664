# A simulated district inside the container: a centre and a CSC that the hub pulls from and pushes to.
import json

from service import expect

SIMULATOR = "/opt/gramsetu-sim"
PORTS = "/opt/ports.json"

CONFIG = """# The simulated district.
endpoints:
  central:
    connector: egramswaraj
    url: {central[url]}
    auth:
      oauth2:
        token_url: {central[token_url]}
        client_id: {central[client_id]}
        client_secret: "${{credential:central}}"
  csc:
    connector: csc
    url: {csc[url]}
    auth: {{ api_key: {{ header: {csc[header]}, value: "${{credential:csc}}" }} }}
flows:
  voucher:
    central: {{ direction: pull, every: 1h }}
  service_request:
    csc: {{ direction: both, every: 1h }}
"""


def begin(box):
    box.do(f"systemd-run --quiet --unit=sim {SIMULATOR} --port-file {PORTS} --gps 4 "
           "--records 300 --service-requests 60")
    box.until(f"test -s {PORTS}")
    ports = json.loads(box.do(f"cat {PORTS}"))
    box.write("/etc/gramsetu/credentials/central", ports["central"]["client_secret"] + "\n", "600")
    box.write("/etc/gramsetu/credentials/csc", ports["csc"]["key"] + "\n", "600")
    box.write("/etc/gramsetu/conf.d/sim.yaml", CONFIG.format(**ports))
    box.do("gramsetu check && systemctl restart gramsetu")
    return ports


def request(box, url, body=None):
    """One request to the simulator, from inside."""
    code = ("import sys, urllib.request as r; "
            "b = sys.argv[2].encode() if len(sys.argv) > 2 else None; "
            "q = r.Request(sys.argv[1], b, {'Content-Type': 'application/json'}); "
            "print(r.urlopen(q).read().decode())")
    more = f" '{body}'" if body else ""
    return box.do(f"python3 -c \"{code}\" '{url}'{more}")


def pulls_and_pushes(box, ports):
    box.do("gramsetu sync")
    listed = json.loads(box.do("gramsetu records list service_request -n 1 --json"))
    key = listed[0]["key"]
    box.write("/opt/edit.json", json.dumps({"remarks": "seen at the district"}))
    box.do(f"gramsetu records put service_request '{key}' /opt/edit.json --note 'by hand'")
    box.do("gramsetu sync service_request@csc")
    ledger = request(box, f"{ports['control']['url']}/_sim/csc/ledger")
    expect("seen at the district" in ledger, "what was entered at the hub did not reach the CSC")
    agrees(box)


def agrees(box):
    box.do("gramsetu sync && gramsetu verify")


def slow(box, ports, milliseconds):
    """Every page of vouchers takes this long from now on; 0: no longer."""
    url = f"{ports['control']['url']}/_sim/central/faults"
    if milliseconds:
        request(box, url, json.dumps({"kind": "latency", "ms": milliseconds, "times": 0,
                                      "path": "vouchers"}))
    else:
        box.do("python3 -c \"import urllib.request as r; r.urlopen(r.Request('" + url +
               "', method='DELETE'))\"")
