"""Makes the demonstration's repository with git itself: a worktree, its bare origin, a worktree and branch an agent.

What must stay true: git is run in the environment of the demonstration's place, which the caller has entered; every
commit comes from a patch file, as an agent's would come from its editor.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final

from reviewer.demo.changes import Proposal, history, policy
from reviewer.demo.place import Place
from reviewer.model.errors import ReviewerError
from reviewer.repo.runner import git_program
from reviewer.text import show

if TYPE_CHECKING:
    import git

_SETTINGS: Final = {
    ("user", "name"): "Parcel",
    ("user", "email"): "counter@parcel.example",
    ("commit", "gpgSign"): "false",
    ("tag", "gpgSign"): "false",
    ("core", "hooksPath"): "/dev/null",
    ("core", "excludesFile"): "/dev/null",
    ("core", "attributesFile"): "/dev/null",
    ("core", "autocrlf"): "false",
    ("gc", "auto"): "0",
}
"""Set in the repository itself: a kept one stays the same under the user's own settings."""


def make_repository(place: Place, *, require_run: bool, unattended: tuple[str, str] | None = None) -> None:
    """Make the reviewer's worktree and its bare origin.

    The target's policy asks for observed runs where they can be made, and lets the principal `unattended`, a name and
    a public key, approve.
    """
    git = _git()
    with _said_in_one_line("the demo's repository cannot be made"):
        made = git.Repo.init(place.work, initial_branch="main")
        with made.config_writer() as config:
            for (section, option), value in _SETTINGS.items():
                config.set_value(section, option, value)
        made.git.am("--quiet", *map(str, history()))
        (place.work / "reviewer.toml").write_text(_settings(require_run, unattended), encoding="utf-8")
        made.git.add("reviewer.toml")
        made.git.commit("--quiet", "-m", "Say what has to hold before a change lands")
        git.Repo.init(place.origin, bare=True, initial_branch="main").close()
        made.create_remote("origin", str(place.origin))
        made.git.push("--quiet", "--set-upstream", "origin", "main")
        made.close()
    place.marker.write_text("made\n")


def commit_revision(place: Place, proposal: Proposal, number: int) -> Path:
    """Bring the agent's branch to its revision `number` and push it; returns the agent's worktree.

    What is committed already is not committed again. Raises ReviewerError where others changed the branch.
    """
    git = _git()
    folder = place.worktree(proposal.slug)
    with _said_in_one_line(f"{proposal.branch} does not take revision {number}"):
        if not folder.exists():
            with git.Repo(place.work) as shared:
                shared.git.worktree("add", "--quiet", "-b", proposal.branch, str(folder), "main")
        with git.Repo(folder) as made:
            address = f"{proposal.agent}@agents.example"
            made.git.update_environment(GIT_COMMITTER_NAME=proposal.agent.capitalize(), GIT_COMMITTER_EMAIL=address)
            there = int(made.git.rev_list("--count", f"--committer={address}", "HEAD"))
            for missing in range(there + 1, number + 1):
                _apply(made, proposal.patch(missing))
            made.git.push("--quiet", "origin", "HEAD")
    return folder


@contextlib.contextmanager
def _said_in_one_line(what: str) -> Iterator[None]:
    """Turn git's refusal into our sentence with git's own words behind it."""
    import git

    try:
        yield
    except git.GitCommandError as error:
        words = str(error.stderr).strip().removeprefix("stderr: ").strip("'")
        raise ReviewerError(f"{what}: {show(words.splitlines()[0] if words else 'git failed', limit=200)}") from None


def _apply(made: git.Repo, patch: Path) -> None:
    """Commit a patch file whole, or leave the worktree as it was."""
    try:
        made.git.am("--quiet", str(patch))
    except Exception:
        made.git.am("--abort")
        raise


def _git() -> ModuleType:
    git_program()  # says in one sentence where git is absent or too old, before GitPython does in many
    import git

    return git


def _settings(require_run: bool, unattended: tuple[str, str] | None) -> str:
    more = "" if require_run else "require_run = false   # this machine cannot contain a run\n"
    if unattended is not None:
        name, key = map(json.dumps, unattended)
        more += f"unattended = [{{ name = {name}, key = {key} }}]\n"
    return policy() + more
