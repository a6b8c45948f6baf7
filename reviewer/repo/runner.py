"""Runs git, hardened: an environment built from nothing, configuration by allow-list, known subcommands, bounds.

What must stay true: no other file starts git; nothing of a repository's own configuration, hooks, attributes or
replacements applies, because the git-dir that is read is always one of ours (shared facts: DESIGN 6.4).
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Final

from reviewer.model.errors import ReviewerError
from reviewer.repo.watch import Awaited, Watch, end, end_what_it_left
from reviewer.text import show

MINIMUM: Final = (2, 39, 5)
MEMORY: Final = 2 << 30
"""Bytes that one child may write to; packs that it only maps do not count."""
ALLOWED: Final = frozenset(
    "bundle cat-file commit-tree diff-tree fetch for-each-ref fsck hash-object index-pack init ls-tree merge-base "
    "merge-tree pack-objects rev-list rev-parse update-ref".split()
)
_EVENTS: Final = (
    "reference-transaction post-index-change pre-commit post-commit post-merge post-checkout pre-push update "
    "pre-receive post-receive post-update proc-receive pre-auto-gc post-rewrite fsmonitor-watchman"
).split()
_HARMLESS_HISTORY: Final = (
    "badTimezone missingSpaceBeforeDate zeroPaddedFilemode badFilemode missingSpaceBeforeEmail missingNameBeforeEmail "
    "missingEmail badEmail badName zeroPaddedDate badDate badDateOverflow multipleAuthors nullSha1 missingTaggerEntry"
).split()


def _settings() -> list[str]:
    settings = {
        "core.fsmonitor": "false",
        "core.hooksPath": "/dev/null",
        "core.attributesFile": "/dev/null",
        "core.excludesFile": "/dev/null",
        "core.commitGraph": "false",
        "core.multiPackIndex": "false",
        "core.untrackedCache": "false",
        "core.protectHFS": "true",
        "core.protectNTFS": "true",
        "core.bigFileThreshold": "8m",
        "core.sshCommand": "/bin/false",
        "core.gitProxy": "/bin/false",
        "core.askPass": "/bin/false",
        "core.quotePath": "false",
        "credential.helper": "",
        "gpg.program": "/bin/false",
        "gpg.ssh.program": "/bin/false",
        "log.showSignature": "false",
        "color.ui": "false",
        "diff.external": "",
        "diff.orderFile": "/dev/null",
        "diff.noprefix": "false",
        "diff.mnemonicPrefix": "false",
        "diff.ignoreSubmodules": "none",
        "submodule.recurse": "false",
        "gc.auto": "0",
        "maintenance.auto": "false",
        "safe.bareRepository": "explicit",
        "safe.directory": "*",
        "fetch.fsckObjects": "true",
        "transfer.fsckObjects": "true",
        "transfer.unpackLimit": "1",
        "protocol.allow": "never",
        "user.name": "reviewer",
        "user.email": "reviewer@localhost",
        **{f"hook.{event}.enabled": "false" for event in _EVENTS},
        **{f"fetch.fsck.{name}": "warn" for name in _HARMLESS_HISTORY},
    }
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The whole environment of a git child; nothing is inherited."""
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/nonexistent",
        "LC_ALL": "C",
        "GIT_CONFIG_SYSTEM": "/dev/null",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_GRAFT_FILE": "/nonexistent/grafts",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_ASKPASS": "/bin/false",
        "SSH_ASKPASS": "/bin/false",
        "GIT_EDITOR": "/bin/false",
        "GIT_SSH_COMMAND": "/bin/false",
        "GIT_PAGER": "cat",
        **(extra or {}),
    }


@cache
def git_program() -> str:
    """The git to run. Raises ReviewerError where there is none, or it is older than we support."""
    # A place that is not named in full is wherever one happens to stand: in an agent's folder, for one.
    places = [place for place in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(place).is_absolute()]
    program = shutil.which("git", path=os.pathsep.join(places))
    if program is None:
        raise ReviewerError("git is not installed", "install git 2.39.5 or newer, for example: apt-get install git")
    newer = "install git 2.39.5 or newer, and see that it stands first in PATH"
    try:
        asked = subprocess.run([program, "--version"], capture_output=True, env=environment(), timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        raise ReviewerError(f"{show(program)} cannot be run", newer) from None
    match = re.search(rb"(\d+)\.(\d+)(?:\.(\d+))?", asked.stdout)
    if match is None:
        raise ReviewerError(f"{show(program)} does not say its version", newer)
    version = tuple(int(part or 0) for part in match.groups())
    if version < MINIMUM:
        raise ReviewerError(f"git {'.'.join(map(str, version))} is too old", newer)
    return program


class GitError(ReviewerError):
    """git answered with a failure; `returncode` is its exit status, `stderr` what it said, unrendered."""

    def __init__(self, subcommand: str, returncode: int, stderr: bytes) -> None:
        said = show(stderr.decode("utf-8", "surrogateescape").strip().rsplit("\n", 1)[-1], limit=300)
        super().__init__(
            f"git {subcommand} failed: {said or f'exit status {returncode}'}",
            "the repository is damaged, or something in it is not what it seems: check it with: git fsck",
        )
        self.returncode = returncode
        self.stderr = stderr


class Git:
    """One git-dir of ours, optionally looking at a foreign `objects` folder through `alternates`."""

    def __init__(
        self,
        git_dir: Path,
        *,
        alternates: Path | None = None,
        timeout: float = 120,
        idle: float = 15,
        max_output: int = 1 << 30,
    ) -> None:
        self.git_dir = git_dir
        self.timeout = timeout
        self.idle = idle
        self.max_output = max_output
        self.foreign = alternates is not None
        self._extra = {"GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(str(alternates))} if alternates else {}

    def run(
        self,
        args: Sequence[str | bytes],
        *,
        input: bytes | None = None,
        accept: tuple[int, ...] = (0,),
        env: Mapping[str, str] | None = None,
        extra_settings: Sequence[str] = (),
    ) -> bytes:
        """The standard output of one git child. Raises GitError, or ReviewerError past a bound."""
        subcommand = str(args[0])
        child = self._started(args, input is not None, env, extra_settings)
        out, err = self._talk(child, subcommand, input)
        if child.returncode not in accept:
            raise GitError(subcommand, child.returncode, err)
        return out

    @contextmanager
    def open(self, args: Sequence[str | bytes]) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """A child to talk with: where to write to, where to read from. It ends with the block, or past its time."""
        child = self._started(args, True, None, ())
        assert child.stdin is not None and child.stdout is not None and child.stderr is not None
        answers = Awaited(child.stdout.raw)  # type: ignore[attr-defined]
        said = threading.Thread(target=_tail, args=(child.stderr, []), daemon=True)
        watch = Watch(child, str(args[0]), self.timeout, self.idle, answers)
        said.start()
        try:
            yield child.stdin, answers
        except ReviewerError:
            watch.check()
            raise
        finally:
            watch.stop()
            end(child)
            answers.close()
            try:
                child.stdin.close()
            except OSError:
                pass  # it was gone before all was asked

    def _started(
        self, args: Sequence[str | bytes], asked: bool, env: Mapping[str, str] | None, extra_settings: Sequence[str]
    ) -> subprocess.Popen[bytes]:
        if str(args[0]) not in ALLOWED:
            raise AssertionError(f"git {args[0]!s} is not allow-listed")
        command: list[str | bytes] = [git_program(), *_settings()]
        for setting in extra_settings:
            command += ["-c", setting]
        command += [f"--git-dir={self.git_dir}", *args]
        child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if asked else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment({**self._extra, **(env or {})}),
            cwd="/",
            start_new_session=True,
        )
        if sys.platform == "linux":
            try:
                resource.prlimit(child.pid, resource.RLIMIT_DATA, (MEMORY, MEMORY))
            except OSError:
                pass  # it ended already, or has less
        return child

    def _talk(self, child: subprocess.Popen[bytes], subcommand: str, input: bytes | None) -> tuple[bytes, bytes]:
        assert child.stdout is not None and child.stderr is not None
        errors: list[bytes] = []
        threads = [threading.Thread(target=_tail, args=(child.stderr, errors), daemon=True)]
        if input is not None and child.stdin is not None:
            threads.append(threading.Thread(target=_feed, args=(child.stdin, input), daemon=True))
        watch = Watch(child, subcommand, self.timeout, self.idle)
        for thread in threads:
            thread.start()
        try:
            out = child.stdout.read(self.max_output + 1)
            if len(out) > self.max_output:
                raise ReviewerError(
                    f"git {subcommand} answered with more than {self.max_output} bytes", "ask for less at a time"
                )
            end_what_it_left(child)
            watch.check()
            threads[0].join(5)
            return out, b"".join(errors)
        finally:
            watch.stop()
            if child.poll() is None:
                end(child)
            child.stdout.close()


def _quoted(path: str) -> str:
    """A path as git reads it in a list of paths, where a colon would end it."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _tail(pipe: IO[bytes], kept: list[bytes]) -> None:
    """Read all that a child complains about, so that it never waits for us, and keep the last of it."""
    with pipe:
        while chunk := pipe.read(1 << 14):
            kept.append(chunk)
            del kept[:-4]


def _feed(pipe: IO[bytes], data: bytes) -> None:
    try:
        pipe.write(data)
        pipe.close()
    except (BrokenPipeError, OSError):
        pass
