"""`reviewer verify` says yes to what was sealed here, no to what was altered, else that it cannot tell."""

import json
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from shell import run

from reviewer.attest.sign import Key
from reviewer.attest.statement import seal
from reviewer.model.change import Size
from reviewer.model.decision import Decision, Verdict
from reviewer.model.detail import Revision
from reviewer.store.decisions import Decisions
from reviewer.text import EMPTY, Untrusted

REVISION = Revision(
    1, "d" * 64, "{}", "a" * 40, "b" * 40, "refs/heads/main", "c" * 40, None, (), EMPTY, 1.0, Size(1, 1, 0)
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with three decisions: two of a person, one of a robot."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    decisions = Decisions(place / "store" / "decisions.db")
    ann = Key.load_or_create(place / "keys" / "desk")
    robot = Key.load_or_create(place / "keys" / "unattended" / "robot")
    for n, (who, key) in enumerate([("ann", ann), ("robot", robot), ("ann", ann)]):
        decision = Decision(
            f"{n}{n}aa", "k3f9", "d" * 64, Verdict.APPROVE, Untrusted("ok \x1b[2J"), Untrusted(who), 1.0 + n,
            unattended=who == "robot",
        )  # fmt: skip
        decisions.add_decision(replace(decision, envelope=seal(decision, REVISION, key)), now=False)
    decisions.close()
    return place


def verify(home: Path, *args: str) -> tuple[int, list[str], str]:
    done = run(home, home.parent, "verify", *args, "--json")
    answers = [json.loads(line)["answer"] for line in done.stdout.split("\n") if line]
    return done.returncode, answers, done.stdout + done.stderr


def sql(home: Path, statement: str, *values: object) -> None:
    db = sqlite3.connect(home / "store" / "decisions.db", isolation_level=None)
    db.execute(statement, values)
    db.close()


def test_what_was_sealed_here_holds(home: Path) -> None:
    assert verify(home)[:2] == (0, ["yes"] * 3)
    status, answers, said = verify(home, "11aa")
    assert (status, answers) == (0, ["yes"])
    assert json.loads(said)["reviewer"] == "robot"
    assert run(home, home.parent, "verify").stdout.count("k3f9  approve  dddddddddddd") == 3


@pytest.mark.parametrize(
    ("statement", "answers"),
    [
        ("update decisions set body = replace(body, '\"approve\"', '\"reject\"') where decision_id = '11aa'", "yny"),
        ("update decisions set body = replace(body, 'ok ', 'no ') where decision_id = '22aa'", "yyn"),
        ("update log set chain = 'x' where seq = 1", "nny"),
        ("delete from log where seq = 1", "ny"),
        ("update log set decision_id = '22aa' where seq = 1", "nyy"),
    ],
)
def test_what_was_altered_does_not(statement: str, answers: str, home: Path) -> None:
    sql(home, statement)
    status, found, _ = verify(home)
    assert status == 1
    assert found == [{"y": "yes", "n": "no"}[letter] for letter in answers]


def test_an_export_is_checked_elsewhere_with_a_key(home: Path, tmp_path: Path) -> None:
    export = tmp_path / "decisions.jsonl"
    export.write_text(run(home, home.parent, "log", "--json").stdout)
    elsewhere = tmp_path / "elsewhere"
    assert verify(elsewhere, "--file", str(export))[:2] == (3, ["cannot tell"] * 3)
    ann, robot = (Key.load(home / "keys" / name).public for name in ("desk", "unattended/robot"))
    keys = tmp_path / "allowed_signers"
    keys.write_text(f"# who may\nann@example.org namespaces=\"x\" {ann} comment\nrobot {robot}\n")
    assert verify(elsewhere, "--file", str(export), "--key", str(keys))[:2] == (0, ["yes"] * 3)
    keys.write_text(f"{ann}\n")
    assert verify(elsewhere, "--file", str(export), "--key", str(keys))[:2] == (1, ["yes", "no", "yes"])
    lines = export.read_text().split("\n")
    export.write_text("\n".join([lines[0], lines[2]]))
    keys.write_text(f"{ann}\n{robot}\n")
    assert verify(elsewhere, "--file", str(export), "--key", str(keys))[:2] == (1, ["yes", "no"])


def test_one_envelope_of_a_file(home: Path, tmp_path: Path) -> None:
    envelope = json.loads(run(home, home.parent, "log", "--json").stdout.split("\n")[0])["envelope"]
    file = tmp_path / "envelope.json"
    file.write_text(envelope)
    assert verify(home, "--file", str(file))[:2] == (0, ["yes"])
    file.write_text(json.dumps(json.loads(envelope), indent=2))
    assert verify(home, "--file", str(file))[:2] == (0, ["yes"])
    outer = json.loads(envelope)
    outer["payload"] = outer["payload"][:-8] + "AAAAAAAA"
    file.write_text(json.dumps(outer))
    assert verify(home, "--file", str(file))[:2] == (1, ["no"])
    file.write_text("[" * 100_000)
    assert verify(home, "--file", str(file))[0] == 1


def test_what_is_missing_cannot_be_told(home: Path, tmp_path: Path) -> None:
    assert verify(home, "zz")[0] == 3
    assert verify(home, "--file", str(tmp_path / "gone"))[0] == 3
    assert verify(home, "--key", str(tmp_path / "gone"))[0] == 3
    (tmp_path / "empty").write_text("no key here\n")
    assert verify(home, "--key", str(tmp_path / "empty"))[0] == 3
    assert verify(tmp_path / "new")[0] == 3
    assert not (tmp_path / "new" / "keys").exists()
    assert verify(home, "11aa", "--file", "x")[0] == 2
