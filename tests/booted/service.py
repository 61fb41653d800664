# The service as it ships, under a real systemd: its life, its sandbox, and who may do what.
import json

from container import Failed

UNIT = "/etc/systemd/system/gramsetu.service.d"
JOURNAL = "journalctl -u gramsetu --no-pager"
SIM = "/etc/gramsetu/conf.d/sim.yaml"

# Faster than an operator wants it, so that the test does not wait; and a refused system call kills,
# so that a single one in any of the steps is seen.
STRICT = """[Unit]
StartLimitIntervalSec=30
[Service]
SystemCallErrorNumber=kill
RestartSec=200ms
WatchdogSec=3s
TimeoutAbortSec=1s
"""


def expect(holds, what):
    if not holds:
        raise Failed(what)


def pid(box):
    return box.property("MainPID")


def is_ready(box):
    box.until("systemctl is-active --quiet gramsetu && gramsetu status >/dev/null")


def comes_up_ready(box):
    """Type=notify: `start` has returned, so that the store is open and the socket answers."""
    expect(box.property("ActiveState") == "active", "it is not active after the installation")
    expect(box.do("systemctl is-enabled gramsetu") == "enabled", "it is not enabled")
    box.do("gramsetu status")
    expect(box.property("StatusText") != "", "systemctl status has no line of the hub's own")
    expect(box.property("NRestarts") == "0", "it needed more than one start")


def is_strict(box):
    box.do(f"mkdir -p {UNIT}")
    box.write(f"{UNIT}/test.conf", STRICT)
    box.do("systemctl daemon-reload && systemctl restart gramsetu")
    is_ready(box)


def modes(box):
    user = box.do(f"stat -c %u /proc/{pid(box)}")
    expect(int(user) >= 61184, f"it runs as user {user}, who is there without it")
    for path, wanted in {"/var/lib/private/gramsetu": f"700 {user} gramsetu",
                         "/var/lib/private/gramsetu/hub.db": f"600 {user} gramsetu",
                         "/run/gramsetu/api.sock": f"660 {user} gramsetu",
                         "/etc/gramsetu/credentials": "700 0 root",
                         "/etc/gramsetu/gramsetu.yaml": "644 0 root"}.items():
        found = box.do(f"stat -L -c '%a %u %G' {path}")
        expect(found == wanted, f"{path} is {found}, and should be {wanted}")
    status = box.do(f"cat /proc/{pid(box)}/status")
    expect("Umask:\t0077" in status, "its umask is not 0077")
    expect("NoNewPrivs:\t1" in status and "Seccomp:\t2" in status, "it is not confined")
    none = "0000000000000000"
    expect(f"CapEff:\t{none}" in status and f"CapBnd:\t{none}" in status, "it has capabilities")
    limits = box.do(f"cat /proc/{pid(box)}/limits")
    expect("Max core file size        0 " in limits, "it may leave a core file")


def writes_outside_are_refused(box):
    """What the service's own view of the file system says to a writer, were it even root."""
    inside = f"nsenter -t {pid(box)} -m --"
    for folder in ("/etc", "/etc/gramsetu", "/usr/bin", "/srv", "/opt", "/var/log", "/var/lib"):
        told = box.sh(f"{inside} touch {folder}/written")
        expect(told.code != 0 and "Read-only file system" in told.out,
               f"{folder} can be written: {told.out}")
    told = box.sh(f"{inside} ls -A /home")
    expect(not told.out.strip() or "Permission denied" in told.out, f"it sees homes: {told.out}")
    box.do(f"{inside} sh -c 'touch /tmp/ours' && test ! -e /tmp/ours")
    user = box.do(f"stat -c %u /proc/{pid(box)}")
    told = box.sh(f"{inside} setpriv --reuid={user} --clear-groups touch /var/lib/gramsetu/own "
                  f"&& {inside} rm /var/lib/gramsetu/own")
    expect(told.code == 0, f"it cannot write where it should: {told.out}")


def operators_are_a_group(box):
    box.do("useradd -m anita && useradd -m bimal && usermod -aG gramsetu anita")
    box.do("runuser -u anita -- gramsetu status")
    told = box.sh("runuser -u bimal -- gramsetu status")
    expect(told.code != 0, "somebody outside the group could use the socket")
    told = box.sh("runuser -u anita -- ls /etc/gramsetu/credentials /var/lib/gramsetu/")
    expect(told.out.count("Permission denied") == 2,
           f"an operator can read secrets or the store: {told.out}")


def secrets_come_as_credentials(box):
    """The sync of the story has worked with them; here: nobody else sees them."""
    told = box.sh("runuser -u anita -- ls /run/credentials/gramsetu.service")
    expect(told.code != 0, "credentials can be listed by others")
    everything = box.do(f"cat /proc/{pid(box)}/environ /proc/{pid(box)}/cmdline; {JOURNAL}; "
                        "gramsetu logs -n 1000; systemctl status gramsetu --no-pager")
    for secret in ("central-secret", "csc-key"):
        expect(secret not in everything, f"'{secret}' can be read where it should not")


def reloads(box):
    before = pid(box)
    box.do(f"sed -i 's/every: 1h/every: 2h/' {SIM} && systemctl reload gramsetu")
    box.until(f"{JOURNAL} EVENT=hub_reloaded | grep -q .")
    box.do(f"cp {SIM} /opt/good.yaml && echo 'flowers: {{}}' >>{SIM} && systemctl reload gramsetu")
    box.until(f"{JOURNAL} EVENT=config_rejected | grep -q flowers")
    expect(pid(box) == before, "a bad reload ended the service")
    expect(box.sh("gramsetu check").code == 2, "check does not see what the reload saw")
    box.do(f"cp /opt/good.yaml {SIM} && systemctl reload gramsetu && gramsetu sync")


def writes_fields_into_the_journal(box):
    lines = box.do(f"{JOURNAL} EVENT=run_finished FLOW=voucher@central -o json").splitlines()
    entry = json.loads(lines[0])
    expect(entry.get("RUN") and entry.get("MESSAGE_ID"), f"an entry lacks its fields: {entry}")


def watchdog_bites(box):
    before = pid(box)
    box.do(f"kill -STOP {before}")
    box.until(f"test $(systemctl show gramsetu -p MainPID --value) != {before}")
    is_ready(box)
    box.until(f"{JOURNAL} | grep -qi watchdog")


def comes_back_after_a_kill(box):
    before = pid(box)
    run = box.start("gramsetu sync --full")
    box.do(f"kill -KILL {before}")
    run.wait(30)
    box.until(f"test $(systemctl show gramsetu -p MainPID --value) != {before}")
    is_ready(box)
    box.do("gramsetu sync")


def does_not_try_a_wrong_configuration_again(box):
    box.do("systemctl reset-failed gramsetu; echo 'flowers: {}' >/etc/gramsetu/conf.d/zz.yaml")
    told = box.sh("systemctl restart gramsetu")
    expect(told.code != 0, "it started with a wrong configuration")
    code = box.property("ExecMainStatus")
    expect(code == "78", f"it ended with {code}, not 78")
    expect(box.property("ActiveState") == "failed", "it is tried again")
    expect(box.property("NRestarts") == "0", "it was tried again")
    box.do("rm /etc/gramsetu/conf.d/zz.yaml && systemctl start gramsetu")
    is_ready(box)


def gives_up_after_five_deaths(box):
    box.do("systemctl reset-failed gramsetu; systemctl restart gramsetu")
    for _ in range(12):
        box.sh("kill -KILL $(systemctl show gramsetu -p MainPID --value)")
        box.sh("sleep 0.6")
        if box.property("ActiveState") == "failed":
            break
    expect(box.property("ActiveState") == "failed", "it goes on for ever")
    expect("repeated too quickly" in box.sh(JOURNAL).out, "nobody is told why it is down")
    box.do("systemctl reset-failed gramsetu && systemctl start gramsetu")
    is_ready(box)
    box.do("gramsetu sync")


def stops_and_a_command_may_step_in(box):
    box.do("systemctl stop gramsetu")
    expect(box.property("Result") == "success" and box.property("ExecMainStatus") == "0",
           "it did not stop well")
    expect(box.sh("test -e /run/gramsetu/api.sock").code != 0, "it left its socket")
    # A command of root's works on the store while no hub runs, and the hub must still be able to.
    box.sh("gramsetu conflicts list")
    box.do("systemctl start gramsetu")
    is_ready(box)
    box.do("gramsetu sync")


ASK = """import socket
asked = socket.socket(socket.AF_UNIX)
asked.settimeout(30)
asked.connect("/run/gramsetu.sock")
asked.sendall(b"GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n")
print(asked.makefile().read())
"""


def answers_who_came_while_it_was_stopped(box):
    """The socket that a site may enable: a command starts no hub, who asks there does."""
    box.write("/opt/ask.py", ASK)
    expect(box.sh("systemctl is-enabled gramsetu.socket").out.strip() == "disabled",
           "the socket is on without having been asked for")
    box.do("systemctl stop gramsetu && systemctl enable --now gramsetu.socket && "
           "systemctl start gramsetu")
    is_ready(box)
    found = box.do("stat -c '%a %U %G' /run/gramsetu.sock")
    expect(found == "660 root gramsetu", f"the held socket is {found}")
    expect("200 OK" in box.do("python3 /opt/ask.py"), "the hub does not answer there")
    box.do("systemctl stop gramsetu")
    box.sh("gramsetu conflicts list")
    expect(box.property("ActiveState") == "inactive", "a command started a stopped hub")
    expect("200 OK" in box.do("python3 /opt/ask.py"), "who came while it was stopped is refused")
    is_ready(box)
    box.do("systemctl disable --now gramsetu.socket && systemctl restart gramsetu")
    is_ready(box)


def takes_its_folder_back(box):
    """Another owner and an open mode are put right by systemd before the hub sees the store."""
    box.do("systemctl stop gramsetu && chown -R bimal:bimal /var/lib/private/gramsetu && "
           "chmod 777 /var/lib/private/gramsetu && systemctl start gramsetu")
    is_ready(box)
    modes(box)


def refuses_to_run_with_half_its_threads(box):
    """Too few tasks: an end with a reason, never a hub that has some of its workers."""
    box.write(f"{UNIT}/threads.conf", "[Service]\nLimitNPROC=2\n")
    box.do("systemctl daemon-reload")
    told = box.sh("systemctl restart gramsetu")
    journal = box.sh(f"{JOURNAL} -n 30").out
    box.do(f"rm {UNIT}/threads.conf && systemctl daemon-reload && "
           "systemctl reset-failed gramsetu; systemctl restart gramsetu")
    is_ready(box)
    expect(told.code != 0, "it calls itself ready without its threads")
    expect("status=11/SEGV" not in journal, f"it crashed: {journal}")


def says_at_the_start_what_a_sandbox_refuses(box):
    """A drop-in that narrowed the sandbox too far: 78 with the call's name, no fault at night."""
    box.write(f"{UNIT}/zz-narrow.conf", "[Service]\nSystemCallErrorNumber=EPERM\n"
              "SystemCallFilter=~fdatasync\n")
    box.do("systemctl daemon-reload")
    told = box.sh("systemctl restart gramsetu")
    journal, code = box.sh(f"{JOURNAL} -n 30").out, box.property("ExecMainStatus")
    box.do(f"rm {UNIT}/zz-narrow.conf && systemctl daemon-reload && "
           "systemctl reset-failed gramsetu; systemctl restart gramsetu")
    is_ready(box)
    expect(told.code != 0 and code == "78", f"it started, or ended with {code}")
    expect("the system refuses fdatasync" in journal, f"nobody is told: {journal}")


def was_refused_no_system_call(box):
    """Each step ran with refused calls being deadly."""
    journal = box.sh(JOURNAL).out
    expect("status=31/SYS" not in journal, "a system call was refused:\n" + journal[-3000:])


STEPS = [comes_up_ready, is_strict, modes, writes_outside_are_refused, operators_are_a_group]
STEPS_AFTER_SYNC = [secrets_come_as_credentials, reloads, writes_fields_into_the_journal,
                    watchdog_bites, comes_back_after_a_kill,
                    does_not_try_a_wrong_configuration_again, gives_up_after_five_deaths,
                    stops_and_a_command_may_step_in, answers_who_came_while_it_was_stopped,
                    takes_its_folder_back,
                    refuses_to_run_with_half_its_threads,
                    says_at_the_start_what_a_sandbox_refuses]
