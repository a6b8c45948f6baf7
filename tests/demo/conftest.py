"""A demonstration's place, entered for one test; its gate is ended afterwards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from reviewer.demo.ending import stop_gate
from reviewer.demo.place import Place, claim


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    made = Place(tmp_path / "demo")
    lock, _known = claim(made)
    ours = made.environment(os.environ)
    for name in set(os.environ) - set(ours):
        monkeypatch.delenv(name)
    for name, value in ours.items():
        monkeypatch.setenv(name, value)
    with lock:
        yield made
    stop_gate(made.home)
