"""Starts pip and npm so that they fetch by hash, unpack, and run nothing of what they unpack.

What must stay true: no setting, token, cache or home of the person's reaches them; packages are taken ready-made
(wheels) and their scripts are left out; they end, with all that they started, in time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.errors import ReviewerError
from reviewer.sandbox.launchers import interpreter
from reviewer.sandbox.scratch import scratch
from reviewer.text import show

_CERTIFICATES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR", "PIP_CERT", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""How a person says whom to trust on their network: no secret, and without it nothing is reached there."""
_SAID: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Installer:
    """What an installer is given: its only way out, its time, and the word to stop.

    `held` is the lock on its folder: it keeps it for as long as it writes there, even should we die before.
    """

    proxy: str
    deadline: float
    cancel: threading.Event | None = None
    held: int | None = None

    def call(self, words: list[str], folder: Path, home: Path, more: Mapping[str, str] | None = None) -> None:
        """Run it to its end. Raises ReviewerError with the last complaint."""
        kept = {name: os.environ[name] for name in _CERTIFICATES if name in os.environ}
        path = f"{Path(words[0]).parent}:/usr/local/bin:/usr/bin:/bin"
        environment = {"PATH": path, "HOME": str(home), "TMPDIR": str(home), "LANG": "C.UTF-8", **kept, **(more or {})}
        with (home / "said").open("w+b") as said:
            try:
                child = subprocess.Popen(
                    words,
                    cwd=folder,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(self.held,) if self.held is not None else (),
                )
            except OSError as error:
                raise ReviewerError(f"{show(words[0], limit=100)} cannot be started: {error.strerror}") from None
            why = self._wait(child)
            said.seek(max(0, said.tell() - _SAID))
            complaint = _complaint(said.read())
        if why or child.returncode:
            raise ReviewerError(f"dependencies were not prepared: {why or complaint}", "mend it, then run again")

    def _wait(self, child: subprocess.Popen[bytes]) -> str:
        """Why it was stopped; empty where it ended by itself."""
        why = ""
        try:
            while child.poll() is None and not why:
                time.sleep(0.05)
                if self.cancel is not None and self.cancel.is_set():
                    why = "cancelled"
                elif time.monotonic() > self.deadline:
                    why = "it took too long"
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        return why


def pip(place: Path, lock: str, index: str, by: Installer) -> None:
    """A virtual environment at `place`, with exactly the wheels that `lock` names by hash."""
    with scratch("prepare") as home:
        by.call([interpreter(), "-I", "-m", "venv", "--without-pip", str(place)], home, home)
        (home / "lock.txt").write_text(lock)
        settings = (place / "pyvenv.cfg").read_bytes()
        words = [
            *(_python_with_pip(), "-I", "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check"),
            *("--python", str(place / "bin" / "python"), "install", "--proxy", by.proxy, "--index-url", index),
            *("--require-hashes", "--only-binary", ":all:", "--no-deps", "--no-compile", "--no-cache-dir"),
            *("--retries", "2", "--quiet", "-r", str(home / "lock.txt")),
        ]
        certificate = next((os.environ[name] for name in _CERTIFICATES[2:4] if name in os.environ), None)
        if certificate is not None:
            words[words.index("install") + 1 : words.index("install") + 1] = ["--cert", certificate]
        by.call(words, home, home, {"PIP_CONFIG_FILE": os.devnull})
        # A wheel may put files anywhere in its environment; these say what of the machine a run sees.
        if (place / "pyvenv.cfg").read_bytes() != settings or not (place / "bin" / "python").is_symlink():
            raise ReviewerError("dependencies were not prepared: a package exchanges the environment's own files")


def _python_with_pip() -> str:
    for python in dict.fromkeys((sys.executable, interpreter(), shutil.which("python3") or "")):
        asked = [python, "-I", "-c", "import pip"]
        if python and subprocess.run(asked, capture_output=True, check=False).returncode == 0:
            return python
    raise ReviewerError("dependencies were not prepared: there is no pip on this machine", "install pip for python3")


def npm(place: Path, lock: bytes, package: bytes, by: Installer) -> None:
    """`node_modules` at `place`, with exactly the packages that `lock` names by hash; none of their scripts is run."""
    program = shutil.which("npm")
    if program is None:
        raise ReviewerError("dependencies were not prepared: there is no npm on this machine", "install node and npm")
    (place / "package-lock.json").write_bytes(lock)
    (place / "package.json").write_bytes(package)
    with scratch("prepare") as home:
        for name in ("user", "global"):
            (home / f"{name}rc").write_text("")
        settings = {
            "npm_config_userconfig": str(home / "userrc"),
            "npm_config_globalconfig": str(home / "globalrc"),
            "npm_config_cache": str(home / "cache"),
            "npm_config_https_proxy": by.proxy,
            "npm_config_proxy": by.proxy,
            "npm_config_update_notifier": "false",
        }
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        by.call([program, "ci", *flags], place, home, settings)
    (place / "node_modules").mkdir(exist_ok=True)


def _complaint(said: bytes) -> str:
    """What it says of its failure, in one line."""
    lines = [line.strip() for line in said.decode("utf-8", "replace").split("\n") if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "npm err", "npm error"))]
    return show((errors or lines or ["it failed without a word"])[0 if errors else -1], limit=300)
