"""An agent: submits each of its branches, waits, pushes a second revision when asked for changes, until all landed.

Notes down what it was told, after it was told. Killed at any moment, it goes on from what the commands say.
"""

import json
import subprocess
import sys
import time

JOURNAL = sys.argv[1]
BRANCHES = [f"claude/b{n}" for n in range(3)]


def note(what: str, **more: str) -> None:
    with open(JOURNAL, "a") as file:  # noqa: PTH123
        file.write(json.dumps({"what": what, **more}) + "\n")


def git(*args: str) -> str:
    return subprocess.run(["git", *args], check=True, capture_output=True, text=True).stdout.strip()


def reviewer(*args: str) -> tuple[int, dict[str, str]]:
    """One command, again while the gate does not answer."""
    while True:
        done = subprocess.run([sys.executable, "-m", "reviewer", *args, "--json"], capture_output=True, text=True)
        assert "Traceback" not in done.stderr, done.stderr
        if done.returncode != 1:
            return done.returncode, json.loads(done.stdout) if done.stdout else {}
        time.sleep(0.1)


def revise(branch: str) -> None:
    """A second commit on a branch that nobody has checked out."""
    if git("rev-list", "--count", f"main..{branch}") == "2":
        return
    head = git("rev-parse", branch)
    tree = git("rev-parse", f"{branch}^{{tree}}")
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], input="two\n", check=True, capture_output=True, text=True
    ).stdout.strip()
    name = branch.replace("claude/b", "g") + ".txt"
    listing = git("ls-tree", tree) + f"\n100644 blob {blob}\t{name}\n"
    made = subprocess.run(["git", "mktree"], input=listing, check=True, capture_output=True, text=True).stdout.strip()
    commit = git("commit-tree", made, "-p", head, "-m", "second")
    git("update-ref", f"refs/heads/{branch}", commit, head)


waiting = dict.fromkeys(BRANCHES, "")
while waiting:
    for branch in list(waiting):
        if not waiting[branch]:
            _status, told = reviewer("submit", "--branch", branch)
            waiting[branch] = told["change"]
            note("submitted", change=told["change"])
        status, told = reviewer("wait", waiting[branch], "--timeout", "0")
        if status == 11:
            revise(branch)
            waiting[branch] = ""
        elif status == 0:
            note("landed", change=waiting[branch])
            del waiting[branch]
note("done")
