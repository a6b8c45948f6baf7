"""A gate that dies while it makes its database leaves one that the next gate begins again."""

import sqlite3
from pathlib import Path

import pytest

from reviewer.gate import driver
from reviewer.gate.driver import Driver


class Dies(Exception):
    """The process ended here."""


@pytest.mark.parametrize("statement", range(1, 16))
def test_a_death_at_any_statement_of_the_beginning(
    statement: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [statement]

    class Dying(sqlite3.Connection):
        def _next(self) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Dies

        def execute(self, *args: object) -> sqlite3.Cursor:  # type: ignore[override]
            self._next()
            return super().execute(*args)  # type: ignore[arg-type]

        def executescript(self, script: str, /) -> sqlite3.Cursor:
            # A script is many statements: die before each of them in turn, the transaction left open.
            for part in script.split(";"):
                self._next()
                super().execute(part)
            return self.cursor()

    real = sqlite3.connect
    made: list[sqlite3.Connection] = []

    def connect(*args: object, **more: object) -> sqlite3.Connection:
        made.append(real(*args, factory=Dying, **more))  # type: ignore[call-overload]
        return made[-1]

    monkeypatch.setattr(driver.sqlite3, "connect", connect)
    path = tmp_path / "gate" / "gate.db"
    with pytest.raises(Dies):
        Driver(path, lambda: 0.0)
    monkeypatch.undo()
    for connection in made:
        connection.close()
    again = Driver(path, lambda: 0.0)
    assert again.gate_id
    again.close()
