"""Names the ways to contain a run, strongest need last: each builds the program that ends as process 1 of the run.

All of them put the same policy in force and start the same process 1; they differ in who makes the namespaces. What
must stay true: a launcher is used only after `launch.probe` has run a canary through it; what a run
chose reaches the kernel as words of their own, never as text for a shell to read.

Stronger tiers (a kernel of their own) and reduced ones (no namespaces) fit the same protocol: `tier` says what they
promise, and a run below the tier that a policy asks for is no evidence.
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Protocol

import reviewer
from reviewer.sandbox.inside.enter import DEVICES, ETC_OF_THE_HOST, LINKS, SYSTEM
from reviewer.sandbox.inside.kernel import KEYS

_BOOT: Final = "import sys; sys.path.append(sys.argv.pop(1)); from reviewer.sandbox.inside.{} import main; main()"
_FIRST_TO_GO: Final = ("/bin/sh", "-c", 'echo 500 >/proc/$$/oom_score_adj; exec "$@"', "sh")
"""Root's own standing when memory is short is inherited, and only root can take it away for good."""
_PACKAGE: Final = Path(reviewer.__file__).parent
_GUARANTEES: Final = {
    "file reads": ("enforced", "own root, mount namespace"),
    "file writes": ("enforced", "overlay on tmpfs, read-only root"),
    "network": ("enforced", "empty network namespace"),
    "loopback": ("enforced", "private"),
    "unix sockets": ("enforced", "network and mount namespaces"),
    "process visibility": ("enforced", "pid namespace"),
    "ipc": ("enforced", "ipc namespace"),
    "keyring": ("enforced", "seccomp"),
    "system calls": ("enforced", "seccomp"),
    "memory": ("reduced", "rlimit and a watchdog"),
    "processes": ("enforced", "rlimit and a watchdog"),
    "disk": ("enforced", "sized tmpfs"),
    "time": ("enforced", "own init"),
    "output": ("enforced", "head and tail kept"),
    "orphans": ("enforced", "pid namespace"),
    "terminal": ("enforced", "new session, no terminal"),
}
Guarantees = Mapping[str, tuple[str, str]]


class Launcher(Protocol):
    """One way to contain a run."""

    name: str
    tier: str
    guarantees: Guarantees
    early: bool
    """Whether its program is the same for every run, and may be started before one is asked for."""

    def missing(self) -> str | None:
        """Why it need not even be tried on this machine, with what would mend it; None where it may work."""

    def version(self) -> str: ...

    def program(self, config: Mapping[str, Any], config_fd: int, report_fd: int) -> list[str]:
        """The words to start; the two descriptors are inherited by number."""


class Native:
    """Makes its namespaces itself. Needs user namespaces that are open to us, and nothing else."""

    name = "native"
    tier = "full"
    guarantees: Guarantees = _GUARANTEES
    early = True

    def missing(self) -> str | None:
        return None

    def version(self) -> str:
        return reviewer.__version__

    def program(self, config: Mapping[str, Any], config_fd: int, report_fd: int) -> list[str]:
        return [
            *(interpreter(), "-I", "-S", "-c", _BOOT.format("enter"), str(_PACKAGE.parent)),
            *(str(config_fd), str(report_fd), str(os.getpid())),
        ]


class Bubblewrap:
    """Lets the system's bwrap make them: the way in where only that program may, as on Ubuntu 24.04 and later.

    The tree is copied into the run's own sized memory, so nothing that the run writes touches the disk.
    """

    name = "bwrap"
    tier = "full"
    early = False
    guarantees: Guarantees = {**_GUARANTEES, "disk": ("reduced", "sized memory; the number of files is not limited")}  # noqa: RUF012

    def __init__(self, places: tuple[str, ...] = ("/usr/bin/bwrap", "/bin/bwrap", "/usr/local/bin/bwrap")) -> None:
        self._places = places

    def missing(self) -> str | None:
        path = self._path()
        if path is None:
            return "bubblewrap is not installed (on Debian and Ubuntu: apt install bubblewrap)"
        if Path(path).stat().st_mode & stat.S_ISUID:
            return f"{path} is set-user-ID, which this version of it does not make safe; install a newer bubblewrap"
        return None

    def version(self) -> str:
        try:
            said = subprocess.run(
                [self._path() or "bwrap", "--version"], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return said.stdout.strip()[:80]

    def program(self, config: Mapping[str, Any], config_fd: int, report_fd: int) -> list[str]:
        room = config["disk"] + _bytes_in(config["tree"])
        words = [
            *(_FIRST_TO_GO if os.getuid() == 0 else ()),
            *(self._path() or "bwrap", "--unshare-all", "--unshare-user", "--uid", "1000", "--gid", "1000"),
            *("--hostname", "sandbox", "--die-with-parent", "--new-session", "--as-pid-1"),
            *("--cap-drop", "ALL", "--cap-add", "CAP_NET_BIND_SERVICE", "--size", str(room), "--tmpfs", "/"),
        ]
        if os.getuid() == 0:
            # What is root's on the machine is the run's by number: process 1 seals it, which needs this.
            words += ["--cap-add", "CAP_SYS_ADMIN"]
        for name in SYSTEM:
            if Path(f"/{name}").is_symlink():
                words += ["--symlink", str(Path(f"/{name}").readlink()), f"/{name}"]
            elif Path(f"/{name}").is_dir():
                words += ["--ro-bind", f"/{name}", f"/{name}"]
        words += ["--proc", "/proc"]
        for name in KEYS:
            words += ["--ro-bind-try", "/dev/null", f"/proc/{name}"]
        for name in DEVICES:
            words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
        for name, target in LINKS:
            words += ["--symlink", f"/proc/self/{target}", f"/dev/{name}"]
        for path in ("/dev/shm", "/tmp", "/var/tmp", "/home/user", "/change", "/etc"):
            words += ["--dir", path]
        for name in ETC_OF_THE_HOST:
            words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        for path in config["read_only"]:
            words += ["--ro-bind", path, path]
        for part in ("__init__.py", "sandbox/__init__.py", "sandbox/inside"):
            words += ["--ro-bind", f"{_PACKAGE}/{part}", f"/.reviewer/reviewer/{part}"]
        words += ["--ro-bind", config["tree"], "/.tree"]
        boot = _BOOT.format("entered")
        return [*words, "--", interpreter(), "-I", "-S", "-c", boot, "/.reviewer", str(config_fd), str(report_fd)]

    def _path(self) -> str | None:
        return next((place for place in self._places if os.access(place, os.X_OK)), None)


LAUNCHERS: Final[tuple[Launcher, ...]] = (Native(), Bubblewrap())
"""In the order in which they are tried."""


def interpreter() -> str:
    """The program file of this Python itself: a virtual environment's link to it is not visible in a run."""
    return os.path.realpath(sys.executable)


def _bytes_in(tree: str) -> int:
    from reviewer.sandbox.inside.changes import size

    folder = os.open(tree, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return size(folder)
    finally:
        os.close(folder)
