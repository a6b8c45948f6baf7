"""Sets the stage for the screens: a real repository, a real gate process, the real app, and its screen as text."""

import asyncio
import contextlib
import fcntl
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import _compositor as compositor
from textual import _wait
from textual.pilot import Pilot
from textual.strip import Strip

from reviewer.model.detail import ChangeDetail
from reviewer.pipelines.checkpoint import holder
from reviewer.review.desk import Desk
from reviewer.settings import theme, theme_names
from reviewer.tui.app import ReviewerApp
from reviewer.tui.challenge_view import BURST_SECONDS, SETTLE_SECONDS
from reviewer.wiring import make_desk

THEMES = {name: theme(name) for name in theme_names()}
# Between two keys Pilot sleeps this long at least, twice; what a test waits for it names itself.
_wait.SLEEP_GRANULARITY = 0.002
SMALL, LARGE = (80, 24), (160, 45)
SIZES = [SMALL, LARGE]
Files = Mapping[str, str | bytes | None]
"""Contents by path; None deletes."""
_IDENT = {
    "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}  # fmt: skip


class Place:
    """A repository with `main` checked out, and a home of its own whose gate is started on demand."""

    def __init__(self, root: Path, files: Files) -> None:
        self.work, self.home, self.agents = root / "work", root / "home", root / "agents"
        self.work.mkdir(parents=True)
        self.home.mkdir(mode=0o700)
        self.git("init", "-q", "-b", "main")
        self.commit(files)
        self.git("worktree", "add", "-q", "--detach", str(self.agents))
        self.desk = make_desk(self.home, self.work)
        self.desks: list[Desk] = [self.desk]
        self.followers: list[threading.Thread] = []
        self.closing: list[tuple[Desk, set[threading.Thread]]] = []

    def git(self, *args: str, strip: bool = True, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *args], cwd=folder or self.work, check=True, capture_output=True, env={**os.environ, **_IDENT}
        )
        return done.stdout.decode().strip() if strip else done.stdout.decode()

    def commit(self, files: Files, message: str = "work", folder: Path | None = None) -> str:
        folder = folder or self.work
        for name, content in files.items():
            path = folder / name
            if content is None:
                path.unlink()
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.git("add", "-A", folder=folder)
        self.git("commit", "-q", "--allow-empty", "-m", message, folder=folder)
        return self.git("rev-parse", "HEAD", folder=folder)

    def branch(self, name: str, files: Files, message: str = "work") -> None:
        """A branch off `main` with one commit more, or one commit more on a branch that is there.

        Made in a worktree of its own: a gate may move `main` as soon as no worktree has it checked out.
        """
        there = self.git("branch", "--list", name)
        self.git("switch", "-q", *([name] if there else ["-c", name, "main"]), folder=self.agents)
        self.commit(files, message, self.agents)
        self.git("switch", "-q", "--detach", folder=self.agents)

    def submitted(self, branch: str, files: Files, *, title: str = "", claim: str = "", wait: bool = True) -> str:
        """A change from a new branch, by its id; with everything on it but the decision, unless `wait` is off."""
        self.branch(branch, files)
        agent = branch.partition("/")[0]
        change_id = self.desk.submit(branch, "main", agent, title or branch, claim).change.change_id
        if wait:
            self.settled(change_id)
        return change_id

    def settled(self, change_id: str) -> ChangeDetail:
        """The change when no evidence is awaited any more, as the store has it."""
        for _ in range(600):
            detail = self.desk.pipeline().detail(change_id)
            if not any(r.state == "waiting" and r.name != "decision" for r in detail.requirements):
                self.desk.sync()
                return detail
            time.sleep(0.05)
        raise AssertionError(detail.requirements)

    def state(self, change_id: str) -> str:
        """What the gate itself says of a change."""
        return self.desk.pipeline().detail(change_id).change.state.value

    def kill_gate(self) -> None:
        """Kill -9, as a machine out of memory does, and wait until its lock is free."""
        with contextlib.suppress(FileNotFoundError), (self.home / "run" / "gate.lock").open("r+") as lock:
            for _ in range(1000):
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    pid, _mode = holder(self.home)
                    if pid:
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(pid, signal.SIGKILL)
                    time.sleep(0.01)

    def close_desks(self) -> None:
        """Close the desks whose app has ended, once no thread of it is left that could ask."""
        left = []
        for desk, threads in self.closing:
            if any(thread.is_alive() for thread in threads):
                left.append((desk, threads))
            else:
                desk.close()
        self.closing = left

    def close(self) -> None:
        """End the gate, and wait for the threads that would start it again."""
        while self.followers:
            self.kill_gate()
            self.followers[-1].join(0.1)
            self.followers = [thread for thread in self.followers if thread.is_alive()]
        self.kill_gate()
        self.close_desks()
        for desk in self.desks:
            desk.close()


@asynccontextmanager
async def opened(
    place: Place, size: tuple[int, int], change_id: str | None = None, *, theme: str = "dark", desk: Desk | None = None,
    cursor: Callable[[], str] = str,
) -> AsyncIterator[tuple[ReviewerApp, Pilot[None]]]:
    """The app over a desk of its own, as another start of the program has it."""
    own = make_desk(place.home, place.work) if desk is None else None
    app = ReviewerApp(own or desk, THEMES, theme, change_id, cursor=cursor)  # type: ignore[arg-type]
    before = set(threading.enumerate())
    async with app.run_test(size=size, notifications=True) as pilot:
        new = set(threading.enumerate()) - before
        place.followers += [thread for thread in new if thread.name in ("_follow", "_look")]
        yield app, pilot
    if own is not None:
        place.closing.append((own, set(threading.enumerate()) - before))
    place.close_desks()


def strips(app: ReviewerApp) -> list[Strip]:
    """What is on screen, line by line, modal screens over those behind them."""
    compositor.visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def screen_text(app: ReviewerApp) -> str:
    """The screen as readable lines; each is checked to fill the screen's width exactly."""
    width = app.size.width
    lines = strips(app)
    assert len(lines) == app.size.height
    for strip in lines:
        assert strip.cell_length == width, (strip.cell_length, width, strip.text)
    return "\n".join(strip.text.rstrip() for strip in lines)


async def until(pilot: Pilot[None], holds: Callable[[], object], seconds: float = 20.0) -> None:
    """Let the app go on until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came:\n" + screen_text(pilot.app)  # type: ignore[arg-type]
        await pilot.pause(0.01)


async def until_shown(pilot: Pilot[None], *words: str) -> str:
    """Let the app go on until the screen shows every one of some words; returns the screen."""
    app = pilot.app
    assert isinstance(app, ReviewerApp)
    await until(pilot, lambda: all(word in screen_text(app) for word in words))
    return screen_text(app)


class HastyDesk(Desk):
    """A desk whose verdicts take effect at once, for tests of what comes after; how long one is held is the gate's."""

    def record(self, *args: Any, **more: Any) -> str:
        return super().record(*args, **{**more, "now": True})

    @classmethod
    def over(cls, place: Place) -> "HastyDesk":
        made = cls(make_desk(place.home, place.work)._parts)
        place.desks.append(made)
        return made


_ASKED = re.compile(r"Type\s+(\w)\s+(\w)\s+(\w)\s+to approve")


def asked(app: ReviewerApp) -> str:
    """The three letters that the screen asks for; none where it asks for nothing."""
    found = _ASKED.search(screen_text(app))
    return "".join(found.groups()) if found else ""


async def type_slowly(pilot: Pilot[None], letters: str) -> None:
    """Type as a hand does: a moment after what is answered came up, one key after the other."""
    await asyncio.sleep(SETTLE_SECONDS + 0.05)
    for letter in letters:
        await asyncio.sleep(BURST_SECONDS + 0.02)
        await pilot.press(letter)
