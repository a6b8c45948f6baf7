"""What a reviewer is told of a run: each program that it started, each attempt to reach out, within bounds."""

import subprocess
import sys
from pathlib import Path

import pytest
from within import contained, each_launcher, needs_sandbox

from reviewer.sandbox.contract import Attempt, Outcome
from reviewer.sandbox.facts import attempt_lines, attempt_words, count_attempts, program_names
from reviewer.sandbox.inside.observe import ATTEMPTS, COMMANDS
from reviewer.sandbox.inside.resolver import Resolver, question
from reviewer.sandbox.launchers import Launcher

pytestmark = needs_sandbox

REACHING = """
import os, socket, subprocess, urllib.request

def attempt(act):
    try: act()
    except OSError: pass

attempt(lambda: urllib.request.urlopen("https://telemetry.example.net/hook", timeout=5))
attempt(lambda: socket.create_connection(("198.51.100.7", 443), 2))
attempt(lambda: socket.create_connection(("198.51.100.7", 443), 2))
attempt(lambda: socket.create_connection(("2001:db8::1", 8443), 2))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("203.0.113.5", 53)))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("203.0.113.6", 123)))
attempt(lambda: socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))
attempt(lambda: socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock"))
attempt(lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + "/tmp/.X11-unix/X0"))
attempt(lambda: socket.gethostbyname("no-such-place.invalid"))
"""


@each_launcher
def test_each_kind_of_attempt_is_told_with_its_target_and_program(launcher: Launcher, tree: Path) -> None:
    outcome, said, events = contained(launcher, tree, REACHING)
    assert outcome.exit_status == 0, said
    assert outcome.observed
    python = outcome.attempts[0].by
    assert python.startswith("python3")
    assert {(a.kind, a.target, a.count) for a in outcome.attempts if a.kind != "look-up"} == {
        ("connect tcp", "telemetry.example.net:443", 1),
        ("connect tcp", "198.51.100.7:443", 2),
        ("connect tcp", "[2001:db8::1]:8443", 1),
        ("send udp", "203.0.113.5:53", 1),
        ("send udp", "203.0.113.6:123", 1),
        ("socket", "vsock (1)", 1),
        ("socket", "raw IPv4", 1),
        ("connect unix", "/var/run/docker.sock", 1),
        ("connect unix", "@/tmp/.X11-unix/X0", 1),
    }
    looked_up = {a.host: a.outcome for a in outcome.attempts if a.kind == "look-up"}
    assert looked_up["no-such-place.invalid"] == "no such name"
    assert looked_up["telemetry.example.net"].startswith("answered")
    times = [attempt.first_at for attempt in outcome.attempts]
    assert times == sorted(times) and times[0] > 0
    assert [e["target"] for e in events if e["event"] == "network"] == [a.target for a in outcome.attempts]
    lines = [line.raw for line in attempt_lines(outcome)]
    assert f"connect tcp telemetry.example.net:443 ({python}), refused" in lines
    assert f"connect tcp 198.51.100.7:443 ({python}), refused, 2 times" in lines
    assert not [line for line in lines if line.startswith("look-up telemetry")]
    assert count_attempts(outcome) == 11


@each_launcher
def test_each_program_is_told_with_its_arguments_and_parent(launcher: Launcher, tree: Path) -> None:
    (tree / "step.sh").write_text("#!/bin/sh\nexec cat file.txt\n")
    (tree / "step.sh").chmod(0o755)
    code = "import subprocess as s; s.run(['sh', '-c', './step.sh one \"two words\"; true']); s.run(['no-such'])"
    outcome, said, events = contained(launcher, tree, f"try:\n  {code}\nexcept FileNotFoundError: pass")
    assert outcome.exit_status == 0, said
    started = [event for event in events if event["event"] == "exec"]
    assert [Path(e["path"]).name for e in started] == ["python3", "sh", "step.sh", "cat"]
    assert started[1]["arguments"][:2] == ["sh", "-c"]
    assert started[2]["arguments"] == ["./step.sh", "one", "two words"]
    assert started[3]["arguments"] == ["cat", "file.txt"]
    assert [e["parent"] for e in started[1:3]] == [started[0]["pid"], started[1]["pid"]]
    assert started[3]["pid"] == started[2]["pid"]
    assert (outcome.commands, outcome.programs) == (4, {"python3": 1, "sh": 1, "step.sh": 1, "cat": 1})
    assert {name.raw for name in program_names(outcome)} == {"python3", "sh", "step.sh", "cat"}


@each_launcher
def test_work_within_the_run_is_no_attempt(launcher: Launcher, tree: Path) -> None:
    code = """
import asyncio, multiprocessing, os, pwd, socket
pwd.getpwuid(os.getuid()); socket.gethostbyname("localhost"); socket.gethostbyname(socket.gethostname())
server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname())
client.sendall(b"x"); client.sendmsg([b"y"])
own = socket.socket(socket.AF_UNIX); own.bind("/tmp/own"); own.listen()
socket.socket(socket.AF_UNIX).connect("/tmp/own")
hidden = socket.socket(socket.AF_UNIX); hidden.bind(chr(0) + "own"); hidden.listen()
socket.socket(socket.AF_UNIX).connect(chr(0) + "own")
with multiprocessing.Manager() as manager: manager.dict()["a"] = 1
asyncio.run(asyncio.sleep(0))
"""
    outcome, said, _events = contained(launcher, tree, code)
    assert outcome.exit_status == 0, said
    assert outcome.attempts == ()
    assert outcome.inside_connections > 3


@each_launcher
def test_what_is_kept_is_bounded_and_the_rest_counted(launcher: Launcher, tree: Path) -> None:
    code = f"""
import os, socket
for n in range({ATTEMPTS + 50}):
    try: socket.socket(2, 2).sendto(b"x", (f"203.0.{{n // 200}}.{{n % 200 + 1}}", 9))
    except OSError: pass
for n in range({COMMANDS + 20}):
    if os.posix_spawn("/bin/true", ["true", "x" * 100_000], {{}}): os.wait()
"""
    outcome, said, events = contained(launcher, tree, code)
    assert outcome.exit_status == 0, said
    assert (len(outcome.attempts), outcome.attempts_unlisted) == (ATTEMPTS, 50)
    assert outcome.commands == COMMANDS + 21
    started = [event for event in events if event["event"] == "exec"]
    assert len(started) == COMMANDS
    assert started[-1]["cut"] and sum(map(len, started[-1]["arguments"])) <= 4096
    assert len(attempt_lines(outcome)) == 21
    assert attempt_lines(outcome)[-1].raw == f"and {ATTEMPTS + 50 - 20} more"


def test_a_program_cannot_choose_the_name_it_is_told_by(tree: Path) -> None:
    from within import WORKING

    code = """
import ctypes, socket
ctypes.CDLL(None).prctl(15, b"innocent", 0, 0, 0)
try: socket.create_connection(("198.51.100.7", 443), 2)
except OSError: pass
"""
    outcome, _said, _events = contained(WORKING[0], tree, code)
    assert [attempt.by.startswith("python3") for attempt in outcome.attempts] == [True]


@each_launcher
def test_where_the_kernel_refuses_a_listener_the_run_goes_on_and_says_so(launcher: Launcher, tree: Path) -> None:
    # One listener a process: where we are watched already, the run cannot be.
    code = f"""
import sys; sys.path[:0] = {sys.path!r}
from pathlib import Path
from reviewer.sandbox.inside import kernel
from reviewer.sandbox.launch import SandboxRequest, probe_launcher, run_with
from reviewer.sandbox.launchers import LAUNCHERS
kernel.LIBC.prctl(38, 1, 0, 0, 0)
kernel.install(bytes.fromhex("06000000" + "0000ff7f"), listen=True)
launcher = next(one for one in LAUNCHERS if one.name == {launcher.name!r})
found = probe_launcher(launcher)
print(found.tier, *found.guarantees["commands executed"])
outcome = run_with(launcher, SandboxRequest(("sh", "-c", "exit 3"), Path({str(tree)!r})))
print(outcome.exit_status, outcome.observed, outcome.commands)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said[0].startswith("full absent") and "busy" in said[0]
    assert said[1] == "3 False 0"


def test_a_run_that_is_not_to_be_watched_is_not(tree: Path) -> None:
    from within import WORKING

    outcome, _said, events = contained(WORKING[0], tree, "import os", request={"observe": False})
    assert (outcome.exit_status, outcome.observed, outcome.commands, events) == (0, False, 0, [])


@pytest.mark.parametrize("packet", [b"", b"\0" * 12, bytes(range(40)), b"\0" * 5 + b"\1" + b"\0" * 6 + b"\x3f" * 300])
def test_questions_that_are_none_get_no_answer(packet: bytes) -> None:
    found = question(packet)
    assert found is None or found[0] == ""


def test_names_that_are_nowhere_stay_nowhere() -> None:
    resolver = Resolver(0)
    try:
        assert resolver._address("hooks.example.net") == "198.18.0.1"
        assert resolver._address("a.example.net") == "198.18.0.2"
        assert resolver._address("hooks.example.net") == "198.18.0.1"
        assert resolver.name_of("198.18.0.1") == "hooks.example.net"
        nowhere = ("sandbox", "x.invalid", "a.test", "1.0.0.127.in-addr.arpa")
        assert [resolver._address(name) for name in nowhere] == [None] * 4
    finally:
        resolver.socket.close()


def test_long_targets_are_cut_in_a_line() -> None:
    attempt = Attempt("look-up", "a" * 250, "python3", "no such name", 1, 0.5)
    assert len(attempt_words(attempt).raw) < 250
    assert attempt_lines(Outcome(0, None, "full")) == ()
