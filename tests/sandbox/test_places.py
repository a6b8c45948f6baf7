"""What of the host a run sees: its interpreter and what was named, wherever they lie, and nothing beside them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from within import contained, each_launcher, needs_sandbox

from reviewer.sandbox.launch import SandboxRequest, run
from reviewer.sandbox.launchers import Launcher
from reviewer.sandbox.places import Unfit, environments, read_only_places


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home" / "ann"
    (place / "projects").mkdir(parents=True)
    (place / "secret").write_text("secret")
    monkeypatch.setenv("HOME", str(place))
    return place


@pytest.fixture
def environment(home: Path) -> Path:
    place = home / "projects" / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    (place / "marker.txt").write_text("in the environment")
    (home / "projects" / "neighbour.txt").write_text("secret")
    return place


@needs_sandbox
@each_launcher
def test_an_environment_in_a_home_is_there_whole_and_nothing_beside_it(
    launcher: Launcher, tree: Path, home: Path, environment: Path
) -> None:
    code = f"""
import os, shutil, sys
assert shutil.which("python") == {str(environment / "bin" / "python")!r}, shutil.which("python")
assert os.environ["VIRTUAL_ENV"] == {str(environment)!r} and sys.prefix == {str(environment)!r}, sys.prefix
assert open({str(environment / "marker.txt")!r}).read()
assert os.listdir({str(home)!r}) == ["projects"], os.listdir({str(home)!r})
assert os.listdir({str(home / "projects")!r}) == ["env"]
for path in ({str(environment / "marker.txt")!r}, sys.executable, os.__file__):
    try: open(path, "a").close()
    except OSError: continue
    raise SystemExit(path)
"""
    outcome, said, _events = contained(launcher, tree, code, request={"read_only": (Path("~/projects/env"),)})
    assert outcome.exit_status == 0, said
    assert not any(home.rglob("*.pyc"))


@needs_sandbox
@each_launcher
def test_the_environment_is_what_we_list_and_nothing_of_ours(
    launcher: Launcher, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "A_NAME_NOBODY_LISTS", "SSH_AUTH_SOCK", "PYTHONSTARTUP"):
        monkeypatch.setenv(name, f"/tmp/canary-{name}")
    code = """
import glob, os
seen = dict(os.environ)
for path in glob.glob("/proc/[0-9]*/environ") + glob.glob("/proc/[0-9]*/cmdline"):
    try: seen[path] = open(path, "rb").read().decode()
    except OSError: continue
hits = [name for name, value in seen.items() if "canary" in value.replace("own-canary", "") and "glob" not in value]
print(hits, sorted(os.environ))
"""
    outcome, said, _events = contained(launcher, tree, code, request={"environment": {"OWN": "own-canary"}})
    assert outcome.exit_status == 0, said
    ours = "CI HOME LANG OWN PATH PYTHONDONTWRITEBYTECODE REVIEWER_SANDBOX TERM TMPDIR USER".split()
    assert said == f"[] {ours}\n"


@pytest.mark.parametrize("named", "/ ~ ~/.. /proc /sys/kernel /run /etc /home /tmp /dev/shm".split())
def test_what_is_too_wide_is_refused(named: str, home: Path) -> None:
    with pytest.raises(Unfit, match="holds more than a run may see"):
        read_only_places([Path(named)])


def test_what_leads_to_a_home_is_refused(home: Path, tmp_path: Path, tree: Path) -> None:
    (tmp_path / "link").symlink_to(home)
    cases = ((tmp_path / "link", "holds more"), (Path("env"), "give a whole path"), (home / "x", "is not on"))
    for named, why in cases:
        with pytest.raises(Unfit, match=why):
            read_only_places([named])
    outcome = run(SandboxRequest(("true",), tree, read_only=(home,)))
    assert outcome.exit_status == 125


@pytest.mark.parametrize("prefix", [".pyenv/versions/3.12.1", ".local/share/uv/python/cpython-3.12.1", "miniconda3"])
def test_an_interpreter_in_a_home_brings_its_folder(prefix: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / prefix / "bin").mkdir(parents=True)
    monkeypatch.setattr(sys, "base_prefix", str(home / prefix))
    assert read_only_places([]) == [str(home / prefix)]


def test_an_interpreter_spread_over_a_home_brings_its_parts(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for part in ("bin/python3.12", "lib/python3.12/os.py", "lib/libpython3.12.so", "lib/other", "bin/other"):
        (home / part).parent.mkdir(parents=True, exist_ok=True)
        (home / part).touch()
    monkeypatch.setattr(sys, "base_prefix", str(home))
    monkeypatch.setattr("reviewer.sandbox.places.sysconfig.get_path", lambda _name: str(home / "lib/python3.12"))
    wanted = [home / "bin/python3.12", home / "lib/libpython3.12.so", home / "lib/python3.12"]
    assert read_only_places([]) == [str(path) for path in wanted]


def test_an_environment_brings_the_interpreter_it_was_made_from(home: Path) -> None:
    base = home / ".pyenv" / "versions" / "3.13.0"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "python3").touch()
    env = home / "env"
    env.mkdir()
    (env / "pyvenv.cfg").write_text(f"home = {base}/bin\nversion = 3.13.0\n")
    places = read_only_places([env])
    assert str(base) in places and str(env) in places
    assert environments([env, home / "projects"]) == [env]
    (env / "pyvenv.cfg").write_text(f"home = {home}/bin\n")
    assert str(home) not in read_only_places([env])


def test_what_the_system_holds_is_not_named_twice(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    (home / "env" / "lib").mkdir(parents=True)
    assert read_only_places([Path("/usr/share"), home / "env" / "lib", home / "env"]) == [str(home / "env")]


TERMINAL = """
import fcntl, os, termios
found = os.open("/dev/tty", os.O_RDWR)
os.write(found, b"FORGED")
fcntl.ioctl(found, termios.TIOCSTI, b"x")
"""


@needs_sandbox
@each_launcher
def test_the_terminal_cannot_be_reached(launcher: Launcher, tree: Path) -> None:
    import pty

    program = f"""
import sys; sys.path[:0] = {sys.path!r}
import subprocess
from pathlib import Path
from reviewer.sandbox.launch import SandboxRequest, run_with
from reviewer.sandbox.launchers import LAUNCHERS
code = {TERMINAL!r}
bare = subprocess.run([sys.executable, "-c", code.replace("FORGED", "BARE").partition("fcntl.ioctl")[0]])
launcher = next(one for one in LAUNCHERS if one.name == {launcher.name!r})
tree = Path({str(tree)!r})
outcome = run_with(launcher, SandboxRequest(("python3", "-c", code), tree))
again = run_with(launcher, SandboxRequest(("python3", "-c", code.replace("/dev/tty", "/dev/null")), tree))
print("bare", bare.returncode, "contained", outcome.exit_status, again.exit_status)
"""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(sys.executable, [sys.executable, "-c", program])
    said = b""
    while b"contained" not in said.split(b"\n")[-1] or not said.endswith(b"\n"):
        try:
            part = os.read(terminal, 4096)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(terminal)
    os.waitpid(pid, 0)
    assert b"BARE" in said and b"FORGED" not in said, said
    assert b"bare 0 contained 1 1" in said, said
