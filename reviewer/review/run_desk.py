"""The desk's part about runs: their output while they go on and afterwards, their records, files made of both.

What must stay true: what is large stays on the disk or comes in parts; nothing is believed that a pipeline says about
the size of anything.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from reviewer.model.codec import from_json
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.model.observed import Observed
from reviewer.model.report import TestReport
from reviewer.model.run import Run
from reviewer.pipelines.door import LogPart, Pipeline
from reviewer.sandbox.asciicast import asciicast
from reviewer.sandbox.reading import Record, read_record
from reviewer.sandbox.skimming import skim
from reviewer.text import show

RECORD_BYTES: Final = 1 << 28
"""A record that is larger is not read here."""
_PART: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a run. `tests` is what it reported of itself, where it did; `said` why something is missing."""

    run: Run
    record: Record | None = None
    tests: TestReport | None = None
    said: str = ""


class RunDesk:
    """What a screen asks about runs. Every method may be called from any thread, and raises ReviewerError."""

    def __init__(self, home: Path, pipeline: Callable[[], Pipeline]) -> None:
        self._blobs = home / "gate" / "blobs"
        self._pipeline = pipeline

    def place(self, name: str | None) -> Path | None:
        """The file of a blob, where the pipeline keeps it on this disk."""
        place = self._blobs / name if name else None
        return place if place is not None and place.is_file() else None

    def log_part(self, change_id: str, run: Run, offset: int) -> LogPart:
        """What a run has written from `offset` on, a bounded part of it."""
        return self._pipeline().run_log(change_id, run.run_id, offset)

    def record(self, run: Run) -> Record:
        """What happened in a run, without what it printed."""
        if run.record is None:
            raise ReviewerError(
                "this run left no record", "one that is under way has none yet; one that was NOT RUN has none at all"
            )
        place = self.place(run.record)
        if place is not None:
            with place.open("rb") as file:
                return skim(file)
        with tempfile.TemporaryFile(prefix="reviewer-record-") as copy:
            copy.write(self._pipeline().blob(run.record))
            copy.seek(0)
            return skim(copy)

    def tests(self, run: Run) -> TestReport | None:
        """The tests that a run's reports tell, as the code under review wrote them; None where none was read."""
        if run.facts is None:
            return None
        place = self.place(run.facts)
        data = place.read_bytes() if place is not None else self._pipeline().blob(run.facts)
        return from_json(Observed, data).tests

    def told(self, run: Run) -> Told:
        """All that is known of a run; what cannot be read is said."""
        record, tests, said = None, None, ""
        try:
            record = self.record(run) if run.record is not None else None
        except ReviewerError as error:
            said = error.message
        try:
            tests = self.tests(run)
        except ReviewerError as error:
            said = said or error.message
        return Told(run, record, tests, said)

    def save(self, change_id: str, run: Run, path: Path) -> int:
        """Write a run's output to a new file, as it was printed, or as an asciicast where its name ends in .cast.

        Returns how many bytes there are now. A file that is there already stays as it is.
        """
        if path.suffix == ".cast" and run.record is None:
            raise UsageError("an asciicast is made of a run's record, and this run has none yet", "wait for its end")
        try:
            with path.open("xb") as file:
                path.chmod(0o600)
                for part in self._cast(run) if path.suffix == ".cast" else self._raw(change_id, run):
                    file.write(part)
                return file.tell()
        except OSError as error:
            why = error.strerror or str(error)
            raise UsageError(f"{show(str(path), limit=200)}: {why}", "name another file") from None

    def _cast(self, run: Run) -> Iterator[bytes]:
        place = self.place(run.record)
        if place is not None and place.stat().st_size > RECORD_BYTES:
            raise ReviewerError("the record is too large for an asciicast here", "use: reviewer record export")
        data = place.read_bytes() if place is not None else self._pipeline().blob(run.record or "")
        return (line.encode() for line in asciicast(read_record(data)))

    def _raw(self, change_id: str, run: Run) -> Iterator[bytes]:
        place = self.place(run.log)
        if place is not None:
            with place.open("rb") as file:
                while part := file.read(_PART):
                    yield part
            return
        offset = 0
        while data := self.log_part(change_id, run, offset).data:
            offset += len(data)
            yield data

