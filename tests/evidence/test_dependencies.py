"""What a run is given beside its files: what the base's lock file pins by hash, from named hosts, never writable."""

import base64
import hashlib
import http.server
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground, Make

from reviewer.evidence.dependencies.installers import Installer
from reviewer.evidence.dependencies.lock import read_npm_lock, read_python_lock
from reviewer.evidence.dependencies.prepare import _alone, with_dependencies
from reviewer.evidence.dependencies.proxy import passing
from reviewer.model.errors import ReviewerError
from reviewer.model.run import Prepare, RunSpec, RunState
from reviewer.repo.locate import locate
from reviewer.repo.quarantine import Quarantine
from reviewer.sandbox.reading import read_record

H = "--hash=sha256:" + "a" * 64


def test_a_lock_file_says_packages_versions_and_hashes_and_nothing_else() -> None:
    text = f"# made by a tool\nOne==1.0 \\\n    {H} \\\n    {H}  # via two\n\n"
    text += f"two[x,y] == 2.0rc1 ; python_version < '3.12' {H}\n"
    assert read_python_lock(text.encode(), "req.txt") == [
        f"One==1.0 {H} {H}",
        f"two[x,y]==2.0rc1 ; python_version < '3.12' {H}",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "one==1.0",
        "one>=1.0 " + H,
        "--index-url https://evil.example/ ",
        "--extra-index-url=https://evil.example/",
        "-r other.txt",
        "-e .",
        "./here " + H,
        "one @ https://evil.example/one.whl " + H,
        "git+https://evil.example/one " + H,
        "one==1.0 --hash=md5:aa",
        f"one==1.0 {H} --global-option=x",
        "one==1.0 ; x --find-links=/tmp " + H,
        f"one==1.0\x0b--pre {H}",
        "",
    ],
)
def test_any_other_instruction_refuses_the_lock_file(line: str) -> None:
    with pytest.raises(ReviewerError, match=r"req\.txt of the base commit cannot be prepared"):
        read_python_lock(f"{line}\n".encode(), "req.txt")


def npm_lock(**entry: object) -> bytes:
    packages = {"": {"name": "x"}, "node_modules/a": {"version": "1.0.0", "integrity": "sha512-x", **entry}}
    return json.dumps({"lockfileVersion": 3, "packages": packages}).encode()


def test_npm_packages_come_from_named_hosts_by_hash() -> None:
    hosts = frozenset({"registry.npmjs.org"})
    assert read_npm_lock(npm_lock(resolved="https://registry.npmjs.org/a/-/a-1.0.0.tgz"), "l", hosts) == 1
    for entry in (
        {"integrity": None},
        {"integrity": "md5-x"},
        {"resolved": "https://evil.example/a.tgz"},
        {"resolved": "http://registry.npmjs.org/a.tgz"},
        {"resolved": "git+ssh://git@github.com/a/a.git"},
        {"resolved": "file:../a"},
        {"resolved": 7},
        {"link": True},
    ):
        with pytest.raises(ReviewerError, match="cannot be prepared"):
            read_npm_lock(npm_lock(**entry), "l", hosts)
    for data in (b"", b"[]", b'{"lockfileVersion": 1}', b'{"lockfileVersion": 3, "packages": []}', b"[" * 100_000):
        with pytest.raises(ReviewerError, match="cannot be prepared"):
            read_npm_lock(data, "l", hosts)


def test_the_proxy_passes_named_hosts_and_no_others() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def ask(head: bytes) -> tuple[bytes, socket.socket]:
            client = socket.create_connection(("127.0.0.1", int(proxy.address.rpartition(":")[2])), 10)
            client.sendall(head)
            return client.recv(100), client

        with passing(frozenset({f"localhost:{port}"})) as proxy:
            answer, client = ask(b"CONNECT localhost:%d HTTP/1.1\r\n\r\n" % port)
            assert answer.startswith(b"HTTP/1.1 200")
            other, _ = server.accept()
            client.sendall(b"ping")
            assert other.recv(10) == b"ping"
            other.sendall(b"pong")
            assert client.recv(10) == b"pong"
            for head in (
                b"CONNECT 127.0.0.1:%d HTTP/1.1\r\n\r\n" % port,
                b"CONNECT localhost:1 HTTP/1.1\r\n\r\n",
                b"CONNECT localhost HTTP/1.1\r\n\r\n",
                b"CONNECT localhost:%d@evil.example:443 HTTP/1.1\r\n\r\n" % port,
                b"GET http://localhost:%d/ HTTP/1.1\r\n\r\n" % port,
                b"\0\r\n\r\n",
            ):
                answer, refused = ask(head)
                assert answer[:12] in (b"HTTP/1.1 403", b"HTTP/1.1 405"), head
                refused.close()
            assert proxy.reached == {"localhost"}
            assert f"127.0.0.1:{port}" in proxy.refused
        assert client.recv(10) == b""
        other.close()
        client.close()
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", int(proxy.address.rpartition(":")[2])), 10)


RECORD = "given-1.0.dist-info/RECORD"
GIVEN = {
    "given.py": "SAYS = 'from the wheel'\n",
    "given-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: given\nVersion: 1.0\n",
    "given-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def packed(wheel: Path, contents: Mapping[str, str]) -> None:
    """Make a wheel of some files."""
    with zipfile.ZipFile(wheel, "w") as file:
        for name, text in contents.items():
            file.writestr(name, text)
        digests = (base64.urlsafe_b64encode(hashlib.sha256(t.encode()).digest()) for t in contents.values())
        rows = [f"{n},sha256={d.decode().rstrip('=')}," for n, d in zip(contents, digests, strict=True)]
        file.writestr(RECORD, "\n".join([*rows, f"{RECORD},,"]) + "\n")


class Index:
    """A package index of one wheel over TLS: `answers` what is asked for, `lock` names the wheel by its hash."""

    def __init__(self, place: Path, **more: str) -> None:
        place.mkdir()
        self.place = place
        self.certificate = place / "cert.pem"
        key = place / "key.pem"
        words = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
        files = ["-keyout", str(key), "-out", str(self.certificate)]
        subprocess.run(["openssl", *words.split(), *files], check=True, capture_output=True)
        self.ran = place / "ran"
        (place / "simple" / "given").mkdir(parents=True)
        wheel = place / "given-1.0-py3-none-any.whl"
        pth = f"import os; os.path.isdir({str(place)!r}) and open({str(self.ran)!r}, 'w').close()\n"
        packed(wheel, {**GIVEN, "given.pth": pth, **more})
        (place / "simple" / "given" / "index.html").write_text(f'<a href="/{wheel.name}">{wheel.name}</a>')
        self.lock = f"given==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
        self.asked: list[str] = []
        asked = self.asked

        class Answers(http.server.SimpleHTTPRequestHandler):
            def __init__(self, *args: object, **more: object) -> None:
                super().__init__(*args, directory=str(place), **more)  # type: ignore[arg-type]

            def log_message(self, _form: str, *parts: object) -> None:
                asked.append(str(parts[0]))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.address = f"https://localhost:{self.server.server_address[1]}/simple"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Index]:
    """With files of its wheel beside the usual ones, where a test names some."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    made = Index(tmp_path / "index", **getattr(request, "param", {}))
    for name in ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(made.certificate))
    yield made
    made.server.shutdown()
    made.server.server_close()


def commits(ground: Ground) -> tuple[Quarantine, str]:
    repository = locate(ground.work)
    quarantine = Quarantine.open(ground.home, repository.repo_id)
    return quarantine, quarantine.fetch(repository, {"refs/heads/main": "refs/t/m"})["refs/t/m"]


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_wheels_of_the_bases_lock_file_are_there_in_a_run_and_none_of_their_code_ran_outside(
    make: Make, index: Index
) -> None:
    code = "import given, os; print(given.SAYS, os.access(given.__file__, os.W_OK)); open(given.__file__, 'a')"
    toml = f"""
[[run]]
name = "tests"
command = ["python3", "-c", {json.dumps(code)}]
[prepare]
python = "req.lock"
index = {json.dumps(index.address)}
hosts = [{json.dumps(index.address.split("/")[2])}]
"""
    ground = make(toml)
    ground.target(req__lock=index.lock)
    change = ground.branch("claude/x", app__txt="good!\n", req__lock="evil==1.0 " + H + "\n")
    ground.settle()
    run = ground.life(change).runs[0]
    assert run.log is not None and run.record is not None, run.reason
    said = (ground.gate.blobs / run.log).read_text()
    assert "from the wheel False" in said and "Read-only file system" in said
    assert not index.ran.exists()
    assert run.dependencies.startswith("1 package of req.lock at the base ")
    assert run.dependencies.endswith(" from localhost; the change's own req.lock is another, and is not followed")
    record = read_record((ground.gate.blobs / run.record).read_bytes())
    assert record.header.dependencies == run.dependencies and len(record.header.read_only) == 1
    asked = len(index.asked)
    other = ground.branch("claude/y", other__txt="x\n")
    ground.settle()
    assert ground.life(other).runs[0].dependencies.endswith("from localhost") and len(index.asked) == asked


def test_a_wheel_with_another_hash_and_a_host_that_is_not_named_are_refused(make: Make, index: Index) -> None:
    ground = make("")
    ground.target(req__lock="given==1.0 " + H + "\n")
    quarantine, base = commits(ground)
    wanted = Prepare("req.lock", index=index.address, seconds=60)
    place = ground.home / "prepared"
    with pytest.raises(ReviewerError, match="HASH"):
        with_dependencies(RunSpec("t", ("true",)), wanted, quarantine, base, base, place)
    assert [path for path in place.iterdir() if path.is_dir()] == []
    # Its page names the wheel on a host that nobody allowed.
    page = index.place / "simple" / "given" / "index.html"
    page.write_text(page.read_text().replace('"/', f'"https://files.example.net:{index.server.server_address[1]}/'))
    with pytest.raises(ReviewerError, match=r"refused: files\.example\.net"):
        with_dependencies(RunSpec("t", ("true",)), wanted, quarantine, base, base, place)


@pytest.mark.parametrize("index", [{"given-1.0.data/data/pyvenv.cfg": "home = /\n"}], indirect=True)
def test_a_wheel_that_exchanges_what_a_run_sees_of_the_machine_is_refused(make: Make, index: Index) -> None:
    ground = make("")
    ground.target(req__lock=index.lock)
    quarantine, base = commits(ground)
    wanted = Prepare("req.lock", index=index.address, hosts=(index.address.split("/")[2],), seconds=60)
    with pytest.raises(ReviewerError, match="exchanges the environment's own files"):
        with_dependencies(RunSpec("t", ("true",)), wanted, quarantine, base, base, ground.home / "prepared")
    assert [path.suffix for path in (ground.home / "prepared").iterdir()] == [".lock"]


def test_a_run_that_cannot_be_given_its_packages_is_not_run(make: Make) -> None:
    ground = make('[[run]]\nname = "tests"\ncommand = ["true"]\n[prepare]\npython = "gone.lock"\n')
    ground.gate.driver.close()
    ground.gate = ground.new_gate((60.0,))  # a step that fails is tried again after a minute; this one need not
    change = ground.branch("claude/x", app__txt="good!\n")
    ground.settle()
    run = ground.life(change).runs[0]
    assert (run.state, run.reason) == (RunState.NOT_RUN, "the base commit has no gone.lock")


@pytest.mark.skipif(shutil.which("npm") is None or not SANDBOXED, reason="no npm here")
def test_npm_is_given_no_script_of_the_repository(make: Make, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    package = {"name": "x", "version": "1.0.0", "scripts": {"install": f"touch {ran}", "prepare": f"touch {ran}"}}
    lock = {"name": "x", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": {"name": "x", "version": "1.0.0"}}}
    ground = make('[[run]]\nname = "tests"\ncommand = ["ls", "-l"]\n[prepare]\nnpm = "package-lock.json"\n')
    ground.git("switch", "-q", "main")
    (ground.work / "package-lock.json").write_text(json.dumps(lock))
    (ground.work / "package.json").write_text(json.dumps(package))
    ground.git("add", "-A")
    ground.git("commit", "-qm", "locked")
    ground.git("switch", "-q", "desk")
    change = ground.branch("claude/x", app__txt="good!\n")
    ground.settle()
    run = ground.life(change).runs[0]
    assert run.log is not None, run.reason
    assert "node_modules -> " in (ground.gate.blobs / run.log).read_text()
    assert run.dependencies.startswith("0 packages of package-lock.json") and not ran.exists()


def test_the_folder_is_held_for_as_long_as_an_installer_writes_there(tmp_path: Path) -> None:
    lock, home = tmp_path / "x.lock", tmp_path / "home"
    home.mkdir()
    code = f"""
import sys, time; sys.path[:0] = {sys.path!r}
from pathlib import Path
from reviewer.evidence.dependencies.installers import Installer
from reviewer.evidence.dependencies.prepare import _alone
with _alone(Path({str(lock)!r}), time.monotonic() + 60, None) as held:
    words = ["/bin/sh", "-c", "echo $$; exec sleep 60"]
    Installer("", time.monotonic() + 60, None, held).call(words, Path("/"), Path({str(home)!r}))
"""
    asked = subprocess.Popen([sys.executable, "-c", code])
    while not (home / "said").exists() or not (home / "said").read_text().endswith("\n"):
        time.sleep(0.01)
    asked.kill()
    asked.wait()
    # Whoever asked is dead; what was started writes on.
    with pytest.raises(ReviewerError, match="another run is at it"), _alone(lock, 0, None):
        pass
    os.kill(int((home / "said").read_text()), signal.SIGKILL)
    with _alone(lock, time.monotonic() + 10, None):
        pass


def test_an_installer_is_stopped_with_its_run(tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(ReviewerError, match="cancelled"):
        Installer("", time.monotonic() + 60, stop).call(["/bin/sleep", "60"], tmp_path, tmp_path)
    with pytest.raises(ReviewerError, match="too long"):
        Installer("", time.monotonic(), None).call(["/bin/sleep", "60"], tmp_path, tmp_path)
    with pytest.raises(ReviewerError, match="not prepared: ERROR: no"):
        words = ["/bin/sh", "-c", "echo 'ERROR: no\033[2J'; echo later; exit 1"]
        Installer("", time.monotonic() + 60, None).call(words, tmp_path, tmp_path)


@pytest.mark.skipif(shutil.which("node", path="/usr/bin:/bin") is None or not SANDBOXED, reason="no node here")
def test_modules_of_this_machine_are_found_where_node_looks_for_them(make: Make, tmp_path: Path) -> None:
    module = tmp_path / "project" / "node_modules" / "given"
    module.mkdir(parents=True)
    (module / "index.js").write_text("module.exports = 'from this machine'")
    (tmp_path / "project" / "secret").write_text("secret")
    code = "const fs = require('fs'); console.log(require('given'), fs.existsSync(process.argv[1]))"
    command = ["node", "-e", code, str(tmp_path / "project" / "secret")]
    toml = f'[[run]]\nname = "tests"\ncommand = {json.dumps(command)}\nread_only = ["{module.parent}"]\n'
    ground = make(toml)
    change = ground.branch("claude/x", app__txt="good!\n")
    ground.settle()
    run = ground.life(change).runs[0]
    assert run.log is not None, run.reason
    assert (ground.gate.blobs / run.log).read_text() == "from this machine false\n"
    assert run.dependencies == f"this machine's {module.parent}, read-only"


@pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")
def test_a_cache_of_packages_is_installed_from_without_a_network(make: Make, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    packed(cache / "given-1.0-py3-none-any.whl", GIVEN)
    pip = "python3 -m pip --isolated --disable-pip-version-check install -q --no-index --find-links"
    say = "PYTHONPATH=site python3 -c 'import given; print(given.SAYS)'"
    words = f"{pip} {cache} --target site given && {say}; touch {cache}/more"
    toml = f'[[run]]\nname = "tests"\ncommand = ["sh", "-c", {json.dumps(words)}]\nread_only = ["{cache}"]\n'
    ground = make(toml)
    change = ground.branch("claude/x", app__txt="good!\n")
    ground.settle()
    run = ground.life(change).runs[0]
    assert run.log is not None, run.reason
    said = (ground.gate.blobs / run.log).read_text()
    assert "from the wheel" in said and "Read-only file system" in said
    assert run.dependencies == f"this machine's {cache}, read-only"
    assert [path.name for path in cache.iterdir()] == ["given-1.0-py3-none-any.whl"]
