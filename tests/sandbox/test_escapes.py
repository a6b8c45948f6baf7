"""What a run must not be able to do, judged from outside; each attempt is first shown to succeed without a sandbox."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from reviewer.model.run import Conclusion, Limits
from reviewer.sandbox.launch import Outcome, SandboxRequest, probe, run

pytestmark = pytest.mark.skipif(probe().tier == "none", reason=f"no sandbox here: {probe().reason}")


def contained(tree: Path, code: str, **limits: float) -> tuple[Outcome, str]:
    heard: list[bytes] = []
    request = SandboxRequest(("python3", "-c", code), tree, Limits(**{"seconds": 20, **limits}))  # type: ignore[arg-type]
    outcome = run(request, lambda _stream, data: heard.append(data))
    return outcome, b"".join(heard).decode("utf-8", "replace")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    place = tmp_path / "tree"
    place.mkdir()
    (place / "file.txt").write_text("hello\n")
    return place


def test_honest_work_works(tree: Path) -> None:
    code = """
import subprocess, tempfile, socket, threading, multiprocessing, os, sqlite3
assert open('file.txt').read() == 'hello\\n'
open('new.txt', 'w').write('x'); os.remove('file.txt')
assert subprocess.run(['sh', '-c', 'echo hi'], capture_output=True).stdout == b'hi\\n'
with tempfile.NamedTemporaryFile() as f: f.write(b'x')
s = socket.create_server(('127.0.0.1', 0)); c = socket.create_connection(s.getsockname()); c.close()
threading.Thread(target=print).start()
with multiprocessing.Pool(2) as p: assert p.map(abs, [-1]) == [1]
print('all well')
"""
    outcome, said = contained(tree, code)
    assert (outcome.exit_status, outcome.conclusion) == (0, Conclusion.SUCCESS), said
    assert "all well" in said
    assert outcome.written == ("new.txt",)
    assert outcome.deleted == ("file.txt",)
    assert outcome.cpu_seconds > 0
    assert (tree / "file.txt").read_text() == "hello\n"
    assert not (tree / "new.txt").exists()


def test_the_exit_status_is_the_commands_own(tree: Path) -> None:
    assert contained(tree, "raise SystemExit(7)")[0].exit_status == 7
    assert contained(tree, "import os; os.kill(os.getpid(), 9)")[0].exit_status == 137
    missing = run(SandboxRequest(("no-such-command",), tree))
    assert missing.exit_status == 127
    assert "no-such-command" in missing.reason or "No such file" in missing.reason


def attempts(secret: Path, port: int) -> dict[str, str]:
    """Each prints "ESCAPED" where it succeeds."""
    tail = "print('ESCAPED')"
    return {
        "read a host file": f"open({str(secret)!r}).read(); {tail}",
        "read through /proc": f"open('/proc/self/root{secret}').read(); {tail}",
        "write a host file": f"open({str(secret)!r}, 'a').write('x'); {tail}",
        "write to /usr": f"open('/usr/reviewer-test', 'w').close(); import os; os.remove('/usr/reviewer-test'); {tail}",
        "climb out": f"open('../'*20 + {str(secret)[1:]!r}).read(); {tail}",
        "link out": f"import os; os.symlink({str(secret)!r}, 'l'); open('l').read(); {tail}",
        "connect to the host": f"import socket; socket.create_connection(('127.0.0.1', {port}), 2); {tail}",
        "abstract socket": "import socket; s=socket.socket(1, 1); s.connect(chr(0) + 'reviewer-test-abstract');" + tail,
        "kill the host's process": f"import os; os.kill({os.getpid()}, 0); {tail}",
        "see host processes": f"import os; os.stat('/proc/{os.getpid()}'); {tail}",
        "environment": f"import os; os.environ['REVIEWER_TEST_SECRET']; {tail}",
        "new user namespace": (f"import ctypes; l=ctypes.CDLL(None); assert l.unshare(0x10000000)==0; {tail}"),
        "mount": (
            "import ctypes; l=ctypes.CDLL(None);"
            f" assert l.unshare(0x10020000)==0; assert l.mount(b't', b'/tmp', b'tmpfs', 0, b'')==0; {tail}"
        ),
        "ptrace": f"import ctypes; l=ctypes.CDLL(None); assert l.ptrace(0,0,0,0)==0; {tail}",
        "memory file": f"import os; os.memfd_create('x'); {tail}",
        "keyring": f"import ctypes; assert ctypes.CDLL(None).syscall(250, 0, -3, 0, 0, 0) >= 0; {tail}",
        "vsock": f"import socket; socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM); {tail}",
        "packet or alg socket": f"import socket; socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET); {tail}",
        "inherited descriptor": f"import os; os.fstat(int(os.environ.get('REVIEWER_TEST_FD', '77'))); {tail}",
        "set-user-ID program": f"import os; assert not os.statvfs('/usr/bin').f_flag & os.ST_NOSUID; {tail}",
        "io_uring": f"import ctypes; l=ctypes.CDLL(None, use_errno=True); l.syscall(425, 0, 0)"
        f"; assert ctypes.get_errno() != 1; {tail}",
    }


NAMES = sorted(attempts(Path("/x"), 1))
NEEDS_MORE_THAN_THIS_HOST = {"keyring", "vsock", "packet or alg socket", "new user namespace", "mount", "io_uring"}


@pytest.mark.parametrize("name", NAMES)
def test_escapes_fail_inside_and_succeed_outside(name: str, tree: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0reviewer-test-abstract")
        abstract.listen()
        code = attempts(secret, server.getsockname()[1])[name]
        bare_fd = os.open(secret, os.O_RDONLY)
        os.dup2(bare_fd, 77, inheritable=True)
        try:
            bare = subprocess.run(
                [sys.executable, "-c", code],
                cwd=tree,
                capture_output=True,
                text=True,
                close_fds=False,
                env={**os.environ, "REVIEWER_TEST_SECRET": "1"},
            )
            (tree / "l").unlink(missing_ok=True)
            secret.write_text("secret")
            outcome, said = contained(tree, code)
        finally:
            os.close(77)
            os.close(bare_fd)
    assert "ESCAPED" in bare.stdout or name in NEEDS_MORE_THAN_THIS_HOST, bare.stderr
    assert outcome.exit_status not in (0, 125), said
    assert "ESCAPED" not in said
    assert secret.read_text() == "secret"


def test_limits_end_the_run(tree: Path) -> None:
    assert contained(tree, "while True: pass", seconds=1)[0].limit_hit == "time"
    eater = "x = []\nwhile True: x.append(bytearray(1 << 20))"
    assert contained(tree, eater, memory=200 << 20)[0].exit_status != 0
    together = """
import os, time
for i in range(12):
    if os.fork() == 0:
        held = b"x" * (60 << 20)
        time.sleep(15)
time.sleep(15)
"""
    assert contained(tree, together, memory=300 << 20)[0].limit_hit == "memory"
    bomb = "import os\nwhile True: os.fork()"
    assert contained(tree, bomb, processes=40, seconds=10)[0].exit_status != 0
    filler = "f = open('/tmp/b', 'wb')\nfor i in range(64): f.write(bytes(1 << 20))"
    assert contained(tree, filler, disk=16 << 20)[0].exit_status != 0
    flood, _said = contained(tree, "import sys\nwhile True: sys.stdout.write('x'*65536)", output=1 << 16)
    assert flood.limit_hit == "output"


def test_cancel_and_ignored_signals_leave_no_orphan(tree: Path, tmp_path: Path) -> None:
    cancel = threading.Event()
    code = """
import signal, os, time
for s in (1, 2, 15): signal.signal(s, 1)
if os.fork() == 0: os.setsid()
print('up', flush=True)
time.sleep(60)
"""
    request = SandboxRequest(("python3", "-c", code, "orphan-of-reviewer-test"), tree)
    outcome = run(request, lambda _s, _d: cancel.set(), cancel)
    assert outcome.conclusion is Conclusion.CANCELLED
    assert gone("orphan-of-reviewer-test")


def gone(marker: str) -> bool:
    for _ in range(40):
        found = False
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and entry.name != str(os.getpid()):
                try:
                    found |= marker.encode() in (entry / "cmdline").read_bytes()
                except OSError:
                    continue
        if not found:
            return True
        time.sleep(0.05)
    return False


def test_death_of_the_supervisor_is_death_of_the_run(tree: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from reviewer.sandbox.launch import run, SandboxRequest\n"
        f"run(SandboxRequest(('sleep', '54321'), Path({str(tree)!r})), lambda s, d: None)"
    )
    desk = subprocess.Popen([sys.executable, "-c", code])
    for _ in range(200):
        if not gone_now("54321"):
            break
        time.sleep(0.05)
    assert not gone_now("54321")
    desk.send_signal(signal.SIGKILL)
    desk.wait()
    assert gone("54321")


def gone_now(marker: str) -> bool:
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes() == f"sleep\0{marker}\0".encode():
                return False
        except OSError:
            continue
    return True


def test_exports_are_plain_files_reached_without_links(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    code = f"""
import os
os.makedirs('out'); open('out/report.xml', 'w').write('<ok/>')
os.symlink({str(tmp_path / "secret")!r}, 'link'); os.symlink('/etc', 'etc'); os.mkfifo('pipe')
"""
    paths = ("out/report.xml", "link", "etc/passwd", "pipe", "../secret", "missing")
    request = SandboxRequest(("python3", "-c", code), tree, exports=paths)
    outcome = run(request)
    assert dict(outcome.exports) == {"out/report.xml": b"<ok/>"}
    assert set(outcome.refused_exports) == set(paths) - {"out/report.xml"}
