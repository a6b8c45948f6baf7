"""Hostile text on every surface: each screen and key on a real terminal that answers, each command, each file."""

import ast
import importlib
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from answers import ANSWERS
from hostile.gates import hostile_gate
from hostile.strings import STRINGS, as_bytes, as_lines, as_names, in_parts
from stage import Place
from terminal import SEQUENCE, Terminal
from textual.screen import Screen
from walk import LEAVING

import reviewer.tui
from reviewer.cli.stories import main
from reviewer.model.detail import ChangeDetail
from reviewer.model.mark import Mark
from reviewer.text import is_harmless
from reviewer.tui.keys import KEYS

WALK = str(Path(__file__).with_name("walk.py"))
COMMANDS = str(Path(__file__).with_name("commands.py"))
PARTS = in_parts(12)
SAID = r"cat printed.txt # \u202e\u001b[2J\u001b]52;c;?\u0007[/b]"
RUN = f'[[run]]\nname = "tests"\ncommand = ["sh", "-c", "{SAID}"]\n'
# Without the mouse, which is a person's, and what a terminal echoes as it is while nobody has switched that off.
UNASKED = [name for name in ANSWERS if not name.startswith(("mouse", "focus")) and "eight bits" not in name]
OURS = re.compile(
    rb"\x1b\[[0-9;:]*m|\x1b\[[0-9;]*[HJKXGABCDdrSTLMPb@]"  # colours, places, what is cleared, scrolled or repeated
    rb"|\x1b\[\?(?:25|7|1000|1002|1003|1006|1015|1016|1004|1049|2004|2026|2048)[hl]"  # modes, our own questions on them
    rb"|\x1b\[\?(?:2026|2048)\$p|\x1b\[>\d+u|\x1b\[<u"
    rb"|\x1b\]22;[a-z-]+\x07"  # the shape of the mouse
    rb"|\x1b\]52;c;[A-Za-z0-9+/=]*\x07"  # a line that was copied with a key
    rb"|[\r\n]"
)


def named(text: str) -> str:
    """What git takes for the name of a branch."""
    return re.sub(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|[./]$", "", text).replace("/", "")[:100]


def spoken(text: str) -> str:
    """What comes over the wire: text that is UTF-8."""
    return as_bytes(text).decode("utf-8", "replace").replace("\0", "")


Hostile = tuple[Place, ChangeDetail]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """A home and its gate, with hostile text in whatever of a change an agent or its repository chooses."""
    names = as_names()
    was = {os.fsdecode(b"was/" + name): f"was {n}\n" * 9 for n, name in enumerate(names[:60])}
    made = Place(tmp_path_factory.mktemp("surfaces"), {"app.py": "a = 1\n", "reviewer.toml": RUN, **was})
    lines = as_lines()
    files: dict[str, str | bytes | None] = {
        "app.py": b"a = 1\n" + lines.replace(b"\0", b""), "nul.bin": lines, "printed.txt": lines,
        ".github/workflows/ci.yml": lines, "tests/test_x.py": b"def test_x():\n    assert True\n" + lines,
    }  # fmt: skip
    for n, name in enumerate(names[:60]):
        files[os.fsdecode(b"was/" + name)] = None
        files[os.fsdecode(b"now/" + name)] = f"was {n}\n" * 9
    for name, text in zip(names[60:], list(STRINGS.values())[60:], strict=True):
        files[os.fsdecode(b"new/" + name)] = as_bytes(text)
    branch = "claude/" + named(" ".join(PARTS))
    made.branch(branch, {"app.py": "a = 2\n"})
    first = made.desk.submit(branch, "main", "claude", "", "").change
    made.desk.keep_marks(first.change_id, [Mark("looked at", first.digest)])
    made.branch(branch, files, message=spoken("\n".join(STRINGS.values())))
    talk = spoken("\n".join(STRINGS.values()))
    change = made.desk.submit(branch, "main", spoken(PARTS[4])[:60], spoken(" ".join(PARTS))[:4000], talk[:60_000])
    detail = made.settled(change.change.change_id)
    for part in PARTS:
        made.desk.talk.comment(detail, spoken(part), agent=spoken(part)[:60])
    made.desk.sync()
    for n, part in enumerate(PARTS[:4]):
        made.branch(f"claude/{n}{named(part)}", {f"{n}.txt": "x\n"}, message=spoken(part))
    yield made, detail
    made.close()


def strange(output: bytes) -> list[str]:
    """Whatever of an output is neither a sequence of our own nor harmless text."""
    found = [repr(match[0]) for match in SEQUENCE.finditer(output) if not OURS.fullmatch(match[0])]
    text = SEQUENCE.sub(b"", output).decode("utf-8", "surrogateescape")
    return sorted({*found, *(hex(ord(char)) for char in set(text) if not is_harmless(char))})


def walked(place: Place, tmp_path: Path, *words: str) -> set[str]:
    """Walk the program on a terminal that answers also what nobody asked; the keys that were pressed."""
    told = tmp_path / f"told-{words[0]}"
    environ = {"REVIEWER_HOME": str(place.home), "WALK_TOLD": str(told), "EDITOR": "true", "VISUAL": "true"}
    run = Terminal([WALK, *words], place.work, (120, 40), **environ)
    over = threading.Event()

    def answer_unasked() -> None:
        while not over.wait(2):
            for name in UNASKED:
                try:
                    os.write(run.screen, ANSWERS[name].encode())
                except OSError:
                    return
                time.sleep(0.02)

    answering = threading.Thread(target=answer_unasked)
    answering.start()
    try:
        assert run.ended(240) == 0, run.output[-3000:]
    finally:
        over.set()
        answering.join()
        run.kill()
    assert strange(run.output) == []
    said = json.loads(told.read_text())
    return set(said["pressed"]) | {f"screen {name}" for name in said["screens"]}


def screens() -> set[str]:
    """The name of each screen that is made anywhere in the program."""
    made: set[str] = set()
    kinds: set[str] = set()
    for file in Path(reviewer.tui.__file__).parent.glob("*.py"):
        calls = (node.func for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call))
        made |= {called.id for called in calls if isinstance(called, ast.Name)}
        for name, value in vars(importlib.import_module(f"reviewer.tui.{file.stem}")).items():
            if isinstance(value, type) and issubclass(value, Screen):
                kinds.add(name)
    return kinds & made


def test_no_screen_and_no_key_lets_anything_of_a_change_act(hostile: Hostile, tmp_path: Path) -> None:
    place, detail = hostile
    pressed = walked(place, tmp_path, "open", detail.change.change_id)
    pressed |= walked(place, tmp_path, "diff", f"main..{detail.change.branch.raw}")
    offered = {f"{key.scope} {key.keys}" for key in KEYS if key.action.split("(")[0] not in LEAVING}
    assert offered - pressed == set()
    # A rollout has its own dialog, and our gate takes code alone: it is walked on the gate that was taken over.
    assert {f"screen {name}" for name in screens()} - pressed == {"screen RolloutScreen"}
    assert all(item.decision is None for item in place.desk.outbox())
    assert place.state(detail.change.change_id) == "pending"


def leaves(command: click.Command = main, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of each command that does something: those that stand alone, and those within a group."""
    if not isinstance(command, click.Group):
        yield path
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        assert inner is not None
        yield from leaves(inner, (*path, name))


def asked(change: str, branch: str, folder: Path) -> list[list[str]]:
    """Each command there is, with whatever of a change it takes."""
    evil, record = " ".join(PARTS)[:900].replace("\0", ""), str(folder / "record.jsonl")
    printed, span = str(folder / "printed.txt"), f"main..{branch}"
    of_a_change = [[change], [change, "--json"], [evil]]
    forms = {
        "list": [[], ["--json"], [evil], ["--all"], [f"title:{evil}"]],
        "show": of_a_change,
        "diff": [[span, "--plain"], [span, "--linear"], [span, "--json"], [change, "--plain"],
                 [evil], ["--patch", evil]],
        "scan": [[span], [span, "--json"], [change], [evil]],
        "record show": [[record], [record, "--output"], [record, "--json"], [evil]],
        "record check": [[record], [printed, "--json"], [evil]],
        "record export": [[record, "--format", "asciicast"], [printed]],
        "run": [["--in", str(folder), "--record", record, "--", "cat", "printed.txt"], ["--", evil],
                ["--in", str(folder), "--", "dd", "if=printed.txt", "bs=3", "status=none"], ["--timeout", evil]],
        "wait": [[change, "--timeout", "0"], [change, "--timeout", "0", "--json"], [evil, "--timeout", "0"]],
        "comment": [[change, "--text", evil, "--as-agent", evil[:60]], [evil, "--text", evil],
                    [change, "--file", evil[:200], "--line", "1", "--text", evil, "--json"]],
        "log": [[], ["--json"]],
        "outbox": [[], ["--json"], [evil]],
        "verify": [[], ["--json"], [evil], ["--file", evil[:200]], ["--file", printed]],
        "doctor": [[], ["--json"]],
        "submit": [["--branch", evil], ["--branch", branch, "--json", "--title", evil]],
        "sync": [[], ["--json"]],
        "rerun": of_a_change,
        "findings list": [[], ["--all", "--json"]],
        "findings rules": [[], ["--json"]],
        "findings not-useful": [[change, evil, "--reason", evil], [evil, evil]],
        "findings accept": [[change, evil, "--days", "1", "--reason", evil], [evil, evil, "--days", evil]],
        "findings revoke": [[evil]],
        "policy explain": of_a_change,
        "policy test": [[printed], [printed, "--json"], [evil[:200]], ["reviewer.toml", "--layer", evil]],
        "gate work": [["--idle", evil], [evil]],  # what would run on is not begun
        "gate serve": [["--host", evil], ["--host", evil[:60]], ["--port", evil], ["--repository", evil[:200]]],
        "gate token add": [[evil], ["surface", "--agent", evil]],
        "gate token list": [[], ["--json"]],
        "gate token revoke": [[evil]],
        **{name: [[evil]] for name in ("inbox", "open", "demo", "reject", "request-changes", "undo", "cancel", "land")},
        "approve": [[evil, "--digest", evil], [change, "--digest", evil]],
    }  # fmt: skip
    known = {" ".join(path): path for path in leaves()}
    assert set(forms) == set(known), "say here what each command is asked with"
    made = [[evil], [f"--{evil}"], ["--help"]]
    for name, path in known.items():
        made += [[*path, *words] for words in forms[name]]
        made += [[*path, "--help"], [*path, f"--{evil[:80]}"]]
    for group in {path[:size] for path in known.values() for size in range(1, len(path))}:
        made += [[*group], [*group, evil], [*group, "--help"]]
    # `run` writes the record that `record` reads.
    return sorted(made, key=lambda words: words[0] != "run")


def test_no_command_and_no_file_lets_anything_of_a_change_act(hostile: Hostile, tmp_path: Path) -> None:
    place, detail = hostile
    change = detail.change
    (tmp_path / "printed.txt").write_bytes(as_lines())
    commands = asked(change.change_id, change.branch.raw, tmp_path)
    (tmp_path / "asked.json").write_text(json.dumps(commands))
    told = tmp_path / "told.json"
    environ = {"REVIEWER_HOME": str(place.home), "COMMANDS_TOLD": str(told)}
    run = Terminal([COMMANDS, str(tmp_path / "asked.json")], place.work, (120, 40), **environ)
    try:
        assert run.ended(200) == 0, run.output[-3000:]
    finally:
        run.kill()
    assert strange(run.output) == []
    statuses = json.loads(told.read_text())
    assert len(statuses) == len(commands)
    failed = [line for line in run.output.decode("utf-8", "replace").split("\n") if "nobody foresaw" in line]
    assert failed == []
    assert all(item.decision is None for item in place.desk.outbox())
    kept = [tmp_path / "record.jsonl", place.home / "run" / "gate.log", *(place.home / "crashes").glob("*")]
    for file in kept:
        text = file.read_text("utf-8", "surrogateescape") if file.is_file() else ""
        assert [hex(ord(char)) for char in sorted(set(text)) if not is_harmless(char) and char != "\n"] == [], file


def test_a_gate_that_was_taken_over_reaches_neither_the_terminal_nor_a_decision(tmp_path: Path) -> None:
    """Each text is in every field of a change, and a dozen are in one; what else is asked for is refused in them."""
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    (home / "token").touch(mode=0o600)
    canary = "rvw_" + "Zq7Xk2mP" * 5
    (home / "token").write_text(canary)
    with hostile_gate([*PARTS, *(text for text in STRINGS.values() if len(text) < 5000)]) as (url, ids):
        (home / "config.toml").write_text(f'[gate]\nurl = "{url}"\ntoken_file = "token"\n')
        commands = [["sync"], ["list", "--all", "--offline"], ["list", "--all", "--json"], ["outbox"], ["log"]]
        for change in (*ids[: len(PARTS)], *ids[len(PARTS) :: 5]):
            commands += [["show", change, "--offline"], ["show", change, "--offline", "--json"]]
        for name in ("rerun", "cancel", "land", "undo", "wait", "reject", "request-changes"):
            commands += [[name, change, *(["--timeout", "0"] if name == "wait" else [])] for change in ids[::40]]
        commands += [["comment", change, "--text", "x"] for change in ids[::40]]
        (tmp_path / "asked.json").write_text(json.dumps(commands))
        environ = {"REVIEWER_HOME": str(home), "COMMANDS_TOLD": str(tmp_path / "told.json")}
        run = Terminal([COMMANDS, str(tmp_path / "asked.json")], work, (120, 40), **environ)
        try:
            assert run.ended(200) == 0, run.output[-3000:]
        finally:
            run.kill()
        assert strange(run.output) == []
        assert b"nobody foresaw" not in run.output
        assert b"Zq7" not in run.output
        environ["WALK_TOLD"] = str(tmp_path / "walked.json")
        run = Terminal([WALK, "open", ids[60]], work, (120, 40), EDITOR="true", VISUAL="true", **environ)
        try:
            assert run.ended(240) == 0, run.output[-3000:]
        finally:
            run.kill()
        assert strange(run.output) == []
        assert b"Zq7" not in run.output
        kept = [file for file in home.rglob("*") if file.is_file() and file.name != "token"]
        assert [file for file in kept if b"Zq7Xk2" in file.read_bytes()] == []
        walked_on = set(json.loads((tmp_path / "walked.json").read_text())["screens"])
        assert {"InboxScreen", "ReviewScreen", "RolloutScreen"} <= walked_on
