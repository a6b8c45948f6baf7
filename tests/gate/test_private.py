"""What the program keeps is its owner's: whatever is open to others, somebody else's or a link is refused by name."""

import os
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reviewer.attest.sign import Key
from reviewer.gate.driver import Driver
from reviewer.gate.serve import _OwnerSocket
from reviewer.gate.tokens import Tokens
from reviewer.model.errors import ReviewerError
from reviewer.pipelines.checkpoint import _only_ours
from reviewer.pipelines.credentials import read_token
from reviewer.settings import home as home_of
from reviewer.store.cache import Cache
from reviewer.store.decisions import Decisions
from reviewer.store.marks import Marks

NOBODY = 65534
ROOT = os.getuid() == 0


def _run(home: Path) -> None:
    os.close(_only_ours(home / "run"))


OPENED: dict[str, Callable[[Path], object]] = {
    "": lambda home: home_of({"REVIEWER_HOME": str(home)}),
    "store": lambda home: Decisions(home / "store" / "decisions.db").close(),
    "store/decisions.db": lambda home: Decisions(home / "store" / "decisions.db").close(),
    "store/cache.db": lambda home: Cache(home / "store" / "cache.db", me="ann").close(),
    "store/marks.db": lambda home: Marks(home / "store" / "marks.db").of("c1"),
    "gate": lambda home: Driver(home / "gate" / "gate.db", lambda: 1.0).close(),
    "gate/gate.db": lambda home: Driver(home / "gate" / "gate.db", lambda: 1.0).close(),
    "gate/tokens.json": lambda home: Tokens(home).all(),
    "keys/desk": lambda home: Key.load_or_create(home / "keys" / "desk"),
    "run": _run,
    "token": lambda home: read_token(home / "token"),
}
"""By what is opened: how."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home in which everything was made once, as the program makes it."""
    before = os.umask(0o077)
    try:
        place = tmp_path / "home"
        (place / "run").mkdir(parents=True)
        Tokens(place).add("ann", False, 1.0)
        (place / "token").write_text("rvw_x")
        for opened in OPENED.values():
            opened(place)
        yield place
    finally:
        os.umask(before)


def test_everything_that_is_kept_is_its_owners_alone(home: Path) -> None:
    made = [home, *home.rglob("*")]
    assert len(made) > 10
    assert [str(path) for path in made if stat.S_IMODE(path.stat().st_mode) & 0o077] == []


@pytest.mark.parametrize("name", OPENED)
@pytest.mark.parametrize("more", [0o040, 0o004, 0o020, 0o002])
def test_what_others_can_open_is_refused(home: Path, name: str, more: int) -> None:
    place = home / name
    place.chmod(stat.S_IMODE(place.stat().st_mode) | more)
    with pytest.raises(ReviewerError) as caught:
        OPENED[name](home)
    assert "open" in caught.value.message or "enter" in caught.value.message
    assert "chmod" in caught.value.hint


@pytest.mark.skipif(not ROOT, reason="only root gives a file away")
@pytest.mark.parametrize("name", OPENED)
def test_what_belongs_to_another_user_is_refused(home: Path, name: str) -> None:
    os.chown(home / name, NOBODY, NOBODY)
    with pytest.raises(ReviewerError):
        OPENED[name](home)


@pytest.mark.parametrize("name", ["store", "store/decisions.db", "gate", "gate/gate.db", "run"])
def test_what_a_link_leads_to_is_refused(home: Path, name: str) -> None:
    place = home / name
    place.rename(home / "elsewhere")
    place.symlink_to(home / "elsewhere")
    with pytest.raises(ReviewerError):
        OPENED[name](home)


@pytest.mark.skipif(not ROOT, reason="only root becomes somebody else")
def test_a_socket_hangs_up_on_another_user_even_where_one_reaches_it(tmp_path: Path) -> None:
    """Its folder keeps others out; were it open, the kernel's word on who connects would."""
    tmp_path.chmod(0o755)
    listening = _OwnerSocket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.open(tmp_path, os.O_RDONLY)
    listening.bind(f"/proc/self/fd/{folder}/gate.sock")
    (tmp_path / "gate.sock").chmod(0o777)
    listening.listen(8)
    served: list[int] = []

    def serve() -> None:
        connection, _ = listening.accept()
        served.append(struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1])
        connection.sendall(b"hello")
        connection.close()

    serving = threading.Thread(target=serve)
    serving.start()
    heard = [_heard_by(uid, folder) for uid in (NOBODY, NOBODY, os.getuid())]
    serving.join(10)
    listening.close()
    os.close(folder)
    assert heard == [b"", b"", b"hello"]
    assert served == [os.getuid()]


def _heard_by(uid: int, folder: int) -> bytes:
    """What a user is told who connects, in a process of their own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
                asking.connect(f"/proc/self/fd/{folder}/gate.sock")
                os.write(writing, asking.recv(10) or b"\0")
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    said = os.read(reading, 10)
    os.close(reading)
    assert said, "nobody was reached at all"
    return said.strip(b"\0")


def test_a_socket_of_another_user_is_not_spoken_to(home: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listening:
        listening.bind(str(home / "run" / "gate.sock"))
        _run(home)
        if ROOT:
            os.chown(home / "run" / "gate.sock", NOBODY, NOBODY)
            with pytest.raises(ReviewerError, match="belongs to another user"):
                _run(home)
