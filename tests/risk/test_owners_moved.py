"""A line that comes into CODEOWNERS and takes paths from their owners is told; one that gives a new path one is not."""

import difflib

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.risk.engine import scan
from reviewer.text import show

FILE = """\
# who looks at what
*       @org/devs
/auth/  @org/security
/db/    @org/dba @ann
"""


def found(after: str) -> list[tuple[str, str]]:
    old, new = FILE.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, "a/.github/CODEOWNERS", "b/.github/CODEOWNERS", n=99)
    patch = "diff --git a/.github/CODEOWNERS b/.github/CODEOWNERS\n" + "".join(lines)
    return [(f.severity.value, show(f.message)) for f in scan(parse_patch(patch.encode()))]


@pytest.mark.parametrize(
    ("after", "level", "said"),
    [
        (FILE + "* @agent\n", "high", "gives what @org/devs, @org/security, @org/dba, @ann own to @agent"),
        (FILE + "/auth/** @agent\n", "high", "gives what @org/security own to @agent"),
        (FILE + "/auth/keys/\n", "high", "leaves /auth/keys/ without an owner"),
        (FILE.replace("@org/security", ""), "high", ""),
        (FILE.replace("@org/security", "@agent"), "high", ""),
        (FILE.replace("/auth/  @org/security\n", ""), "high", ""),
        (FILE.replace("@org/security", "@org/security @agent"), "low", "lets @agent approve for /auth/, too"),
    ],
)
def test_taken_from_their_owners(after: str, level: str, said: str) -> None:
    ((severity, message),) = found(after)
    assert severity == level and message.startswith(said)


@pytest.mark.parametrize(
    "after",
    [
        FILE + "/new/ @org/devs\n",
        FILE + "* @org/devs @org/security @org/dba @ann\n",
        FILE.replace("#", "# here stands"),
        FILE.replace("/auth/  @", "/auth/ @"),
        FILE.replace("*       @org/devs\n", "*       @org/devs\n/docs/ @writers\n"),
    ],
)
def test_nobody_loses_anything(after: str) -> None:
    assert found(after) == []
