"""What a run must not be able to do, judged from outside; each attempt is first shown to succeed without a sandbox."""

import os
import shutil
from pathlib import Path

import pytest
from attempts import CLASSES, escaped
from host import Host
from within import WORKING, contained, each_launcher, needs_sandbox, ordinary, public

from reviewer.model.run import Conclusion
from reviewer.sandbox.launch import SandboxRequest, run_with
from reviewer.sandbox.launchers import Launcher

__all__ = ["public"]
pytestmark = needs_sandbox
# Shown where the kernel offers it and the user may: other machines lack a part of the kernel, or root.
NOT_EVERYWHERE = {
    *("use the kernel's ciphers", "talk to the hypervisor", "leave by the default route", "open by handle"),
    *("count the machine's events", "queue calls to the kernel", "connect over multipath TCP"),
    *("calls of another machine", "handle foreign page faults", "see the machine's interfaces"),
    *("connect over TCP, second kind of address", "connect through a mapped address"),
    *("read through the root of process 1", "read the memory of process 1", "survive when memory is short"),
    *("reach the kernel's levers", "the session's keyring", "list the keys", "listen to the kernel's news"),
    *("read the machine's memory", "name a handler of programs", "ask for the old root", "read a disk"),
    *("read the kernel's messages", "make an interface", "make a file system", "make a machine"),
    "type into a terminal",
    *("see the terminals", "look into the kernel's objects", "leave its group of processes", "watch every file"),
    *("calls with small pointers", "keys for the network", "ask for ports of the machine", "packets past the kernel"),
    *("read its own table of segments", "see what the machine began with", "take page faults by a device"),
    *("steer interrupts", "packets the old way", "go before others to the disk", "read the environment of process 1"),
    *("see what process 1 has open", "see the namespaces of process 1", "see what process 1 waits for"),
    *("read the map of process 1", "name the program that loads modules", "limit process 1"),
    "make addresses guessable",
    *("see who uses which memory", "see the kernel's timers", "see where the kernel lies"),
    *("take the processor for itself", "list every socket", "see how the machine is doing"),
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bool]]:
    """By class and attempt, whether it succeeds without a sandbox."""
    found = {}
    for name, attempts in CLASSES.items():
        with Host(tmp_path_factory.mktemp("bare")) as host:
            printed = host.bare(attempts)
            found[name] = escaped(printed, attempts, host.traces(attempts))
    return found


@pytest.mark.parametrize("kind", CLASSES)
@each_launcher
def test_every_attempt_is_held_that_succeeds_without_a_sandbox(
    launcher: Launcher, kind: str, tmp_path: Path, bare: dict[str, dict[str, bool]]
) -> None:
    attempts = CLASSES[kind]
    with Host(tmp_path) as host:
        printed = host.contained(launcher, attempts)
        inside = escaped(printed, attempts, host.traces(attempts))
        assert host.secret.read_text() == "secret"
        assert sorted(path.name for path in host.tree.iterdir()) == ["attempts.json", "driver.py"]
    assert {name for name, out in inside.items() if out} == set()
    if os.getuid() == 0:
        assert {name for name, out in bare[kind].items() if not out} <= NOT_EVERYWHERE


def test_enough_attempts_are_shown_to_succeed_without_a_sandbox(bare: dict[str, dict[str, bool]]) -> None:
    shown = sum(out for attempts in bare.values() for out in attempts.values())
    assert shown >= (100 if os.getuid() == 0 else 40), bare


ORDINARY = """
import json, sys, tempfile
from pathlib import Path
from attempts import CLASSES, escaped
from host import Host
from reviewer.sandbox.launch import probe_launcher
from reviewer.sandbox.launchers import LAUNCHERS
found = {}
for launcher in (None, *(one for one in LAUNCHERS if probe_launcher(one).tier != "none")):
    for attempts in CLASSES.values():
        with tempfile.TemporaryDirectory() as place, Host(Path(place)) as host:
            printed = host.bare(attempts) if launcher is None else host.contained(launcher, attempts)
            out = escaped(printed, attempts, host.traces(attempts))
            found.setdefault(launcher.name if launcher else "bare", []).extend(name for name in out if out[name])
print(json.dumps(found))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become an ordinary user")
def test_every_attempt_of_an_ordinary_user_is_held_too(public: Path) -> None:
    for name in ("attempts.py", "host.py"):
        shutil.copy(Path(__file__).with_name(name), public)
    said = ordinary(public, ORDINARY)
    assert len(said.pop("bare")) >= 60
    assert said and set(map(tuple, said.values())) == {()}


@each_launcher
def test_what_stands_for_a_deletion_below_is_told_as_what_it_is(launcher: Launcher, tree: Path) -> None:
    code = """
import os, stat
os.remove("file.txt")
for name in ("file.txt", "made"):
    try: os.mknod(name, stat.S_IFCHR | 0o644, 0)
    except PermissionError: open(name, "w").close()
for name in (".", "file.txt"):
    for key in ("user.overlay.opaque", "user.overlay.whiteout", "user.overlay.redirect"):
        try: os.setxattr(name, key, b"y")
        except OSError: pass
"""
    outcome, said, _events = contained(launcher, tree, code)
    assert (outcome.exit_status, outcome.written, outcome.deleted) == (0, ("file.txt", "made"), ()), said


@each_launcher
def test_what_patterns_collect_are_plain_files_of_the_tree(launcher: Launcher, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_text("secret")
    code = f"""
import os
os.makedirs("out/deep"); os.symlink({str(tmp_path)!r}, "away"); os.symlink("/etc", "out/etc")
for name in ("out/a.xml", "out/b\\n.xml", "out/c.txt", "out/deep/d.xml"): open(name, "w").write(name)
os.symlink({str(tmp_path / "secret.xml")!r}, "out/link.xml"); os.mkfifo("out/pipe.xml"); os.mkdir("out/folder.xml")
os.link("out/a.xml", "out/hard.xml"); os.truncate(os.open("out/large.xml", os.O_CREAT | os.O_RDWR), 65 << 20)
for n in range(600): open(f"out/deep/{{n}}.many", "w").close()
"""
    patterns = ("out/*.xml", "away/*.xml", "*/etc/pass*", "../*", "/etc/passwd", "out/*/*.xml", "*/*/*.many")
    outcome, said, _events = contained(launcher, tree, code, request={"collect": patterns})
    assert outcome.exit_status == 0, said
    got = {path: data for path, data in outcome.exports.items() if not path.endswith(".many")}
    assert got == {
        "out/a.xml": b"out/a.xml",
        "out/b\n.xml": b"out/b\n.xml",
        "out/deep/d.xml": b"out/deep/d.xml",
        "out/hard.xml": b"out/a.xml",
    }
    assert set(outcome.refused_exports) >= {"out/link.xml", "out/pipe.xml", "out/folder.xml", "out/large.xml"}
    assert b"secret" not in b"".join(outcome.exports.values())
    assert len(outcome.exports) <= 500 + len(got)


@each_launcher
def test_honest_work_works(launcher: Launcher, tree: Path) -> None:
    code = """
import subprocess, tempfile, socket, threading, multiprocessing, os, sqlite3, pwd
assert open('file.txt').read() == 'hello\\n'
open('new.txt', 'w').write('x'); os.remove('file.txt')
assert subprocess.run(['sh', '-c', 'echo hi >/dev/null; echo hi'], capture_output=True).stdout == b'hi\\n'
with tempfile.NamedTemporaryFile() as f: f.write(b'x')
s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname()); c.close()
threading.Thread(target=print).start()
with multiprocessing.Pool(2) as p: assert p.map(abs, [-1]) == [1]
assert pwd.getpwuid(os.getuid()).pw_name == 'user' and socket.gethostbyname(socket.gethostname()) == '127.0.0.1'
assert sys.stdin.read() == ''
print('all well')
"""
    outcome, said, _events = contained(launcher, tree, "import sys" + code)
    assert (outcome.exit_status, outcome.conclusion) == (0, Conclusion.SUCCESS), said
    assert "all well" in said
    assert outcome.written == ("new.txt",)
    assert outcome.deleted == ("file.txt",)
    assert outcome.cpu_seconds > 0
    assert (tree / "file.txt").read_text() == "hello\n"
    assert not (tree / "new.txt").exists()


def test_a_program_that_is_tested_on_a_terminal_finds_one_of_its_own(tree: Path) -> None:
    code = """
import os, pty, termios
pid, terminal = pty.fork()
if pid == 0:
    print(os.isatty(0), os.ttyname(1), sorted(os.listdir('/dev/pts')), flush=True)
    os._exit(0)
print(os.read(terminal, 200).decode().strip())
held = []
try:
    while len(held) < 1000: held.append(os.openpty())
except OSError: pass
print(len(held) < 100)
"""
    for launcher in WORKING:
        if launcher.name == "native":
            outcome, said, _events = contained(launcher, tree, code)
            assert (outcome.exit_status, said) == (0, "True /dev/pts/0 ['0', 'ptmx']\nTrue\n")


@each_launcher
def test_the_exit_status_is_the_commands_own(launcher: Launcher, tree: Path) -> None:
    assert contained(launcher, tree, "raise SystemExit(7)")[0].exit_status == 7
    assert contained(launcher, tree, "import os; os.kill(os.getpid(), 9)")[0].exit_status == 137
    missing = run_with(launcher, SandboxRequest(("no-such-command",), tree))
    assert missing.exit_status == 127
    assert "No such file" in missing.reason


@each_launcher
def test_what_a_run_left_is_told_file_by_file(launcher: Launcher, tree: Path) -> None:
    for name in ("kept", "changed", "touched", "tool.sh", "gone/one", "gone/two", "anew/old"):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_text("1234")
    (tree / "link").symlink_to("kept")
    code = """
import os, shutil
open("changed", "w").write("5678"); open("touched", "w").write("1234"); os.utime("kept"); os.chmod("tool.sh", 0o755)
shutil.rmtree("gone"); shutil.rmtree("anew"); os.mkdir("anew"); open("anew/new", "w").close()
os.remove("link"); os.symlink("changed", "link"); os.symlink("/usr", "folder"); open(b"not-utf8-\\xff", "w").close()
os.mkfifo("pipe")
"""
    outcome, said, _events = contained(launcher, tree, code)
    assert outcome.exit_status == 0, said
    assert set(outcome.written) == {"changed", "anew/new", "link", "folder", "not-utf8-\udcff", "pipe"}
    assert {path.split("/")[0] for path in outcome.deleted} == {"gone", "anew"}
    assert outcome.mode_changed == ("tool.sh",)
    assert outcome.differences == "complete"


@each_launcher
def test_folders_closed_to_their_owner_hide_nothing(launcher: Launcher, tree: Path) -> None:
    code = """
import os
os.mkdir("closed"); open("closed/in", "w").close(); os.chmod("closed", 0); os.remove("file.txt"); os.chmod(".", 0)
"""
    outcome, said, _events = contained(launcher, tree, code, request={"exports": ("closed/in",)})
    assert outcome.exit_status == 0, (outcome.reason, said)
    assert (outcome.written, outcome.deleted, outcome.differences) == (("closed/in",), ("file.txt",), "complete")
    assert dict(outcome.exports) == {"closed/in": b""}


@each_launcher
def test_exports_are_plain_files_reached_without_links(launcher: Launcher, tree: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    code = f"""
import os
os.makedirs('out'); open('out/report.xml', 'w').write('<ok/>'); os.chmod('out/report.xml', 0o4755)
os.symlink({str(tmp_path / "secret")!r}, 'link'); os.symlink('/etc', 'etc'); os.mkfifo('pipe')
with open('large', 'wb') as large: large.truncate(65 << 20)
if os.fork() == 0:
    while True:
        try: os.symlink('/etc/passwd', 'x'); os.rename('x', 'out/report.xml.swap')
        except OSError: pass
"""
    paths = ("out/report.xml", "link", "etc/passwd", "pipe", "../secret", "missing", "large", "out", "", "a\0b")
    request = {"exports": paths}
    outcome, said, _events = contained(launcher, tree, code, request=request)
    assert outcome.exit_status == 0, said
    assert dict(outcome.exports) == {"out/report.xml": b"<ok/>"}
    assert set(outcome.refused_exports) == set(paths) - {"out/report.xml"}
