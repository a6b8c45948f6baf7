"""One place that is only read, made once; and places of their own for tests that change something."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stage import Place

LINES = [f"line {n}\n" for n in range(1, 61)]
RUN = r"""
[[run]]
name = "tests"
command = [
  "sh", "-c", "printf '\\033[32mgreen\\033[0m and \\033[31mred\\033[0m\\n'; seq -f 'test %g' 40; test ! -e broken.py"
]
"""


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def readable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Three changes, submitted and settled, and a branch that nobody submitted. Nothing here may be changed."""
    place = Place(tmp_path_factory.mktemp("readable"), {"app.py": "".join(LINES), "reviewer.toml": RUN})
    fixed = "".join([*LINES[:9], "line ten\n", *LINES[10:49], "a needle\n", *LINES[50:]])
    key = 'KEY = "AKIAQWERTYUIOPASDFGH"\n'
    place.submitted(
        "claude/parser",
        {"app.py": fixed, "lib/new.py": "import os\n\n\ndef f(x):\n    return x  # needle\n", "notes.md": "words\n"},
        title="Teach the parser numbers",
        claim="The parser knows numbers.\nAll tests pass.",
    )
    place.submitted(
        "codex/upload",
        {"broken.py": "x = 1\n", "deploy.py": "\n" * 30 + key + "\n" * 40 + "import subprocess\n"
         + "subprocess.run(cmd, shell=True, check=False)\n" + "\n" * 40 + 'eval(input("x"))\n'},
        title="Upload the parcels",
    )  # fmt: skip
    place.submitted("cursor/words", {"notes.md": "other words\n"}, title="Reword the notes")
    place.branch("claude/found", {"found.py": "y = 2\n"}, message="Found by nobody yet")
    yield place
    place.close()


@pytest.fixture
def make_place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Makes places, and ends their gates afterwards."""
    made: list[Place] = []

    def make(files: dict[str, str | bytes | None] | None = None) -> Place:
        root = tmp_path / f"place{len(made)}"
        made.append(Place(root, files or {"app.py": "".join(LINES)}))
        return made[-1]

    yield make
    for place in made:
        place.close()
        shutil.rmtree(place.home, ignore_errors=True)


@pytest.fixture(autouse=True)
def looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Branches are looked for at once: how often is no part of what is promised."""
    monkeypatch.setattr("reviewer.tui.following._LOOK_SECONDS", 0.3)
