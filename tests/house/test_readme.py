"""The README says what the code does: every key of the screens, every setting, every room."""

import re
from pathlib import Path

import reviewer
from reviewer import settings
from reviewer.cli import STORIES
from reviewer.tui.help_screen import TITLES
from reviewer.tui.keys import KEYS

README = (Path(__file__).parents[2] / "README.md").read_text()


def key_table() -> str:
    """The keys as the README shows them: a row a screen."""
    rows = []
    for scope, title in TITLES.items():
        keys = [f"`{key.shown}` {key.says}" for key in KEYS if key.scope == scope]
        rows.append(f"| {title} | {'; '.join(keys)} |")
    return "| where | keys |\n|---|---|\n" + "\n".join(rows) + "\n"


def test_the_keys_are_those_of_the_screens() -> None:
    assert key_table() in README


def test_every_setting_is_told_and_no_other() -> None:
    tables = README[README.index("## Settings") : README.index("## Policy")]
    repository, user = tables.split("`config.toml` in the program's home")
    told = set(re.findall(r"^\| `([^`]+)` \|", repository, re.MULTILINE))
    known = {f"[[run]] {key}" for key in settings.RUN_KEYS}
    for table, keys in (
        ("landing", settings.LANDING_KEYS),
        ("agents", settings.AGENTS_KEYS),
        ("prepare", settings.PREPARE_KEYS),
        ("scan", settings.SCAN_KEYS),
    ):
        known |= {f"[{table}] {key}" for key in keys}
    assert told == known | {"[policy]", "version"}
    tables_read = {"run", "policy", "landing", "agents", "prepare", "scan"}
    assert {table for table in settings.REPOSITORY_KEYS if table != "version"} == tables_read
    told = set(re.findall(r"^\| `([^`]+)` \|", user, re.MULTILINE))
    tables_of = {"agents": settings.AGENTS_KEYS, "gate": settings.GATE_KEYS, "evidence": settings.EVIDENCE_KEYS}
    plain = {key for key in settings.USER_KEYS if key not in tables_of} - {"layer"}
    layers = {f"[[layer]] {key}" for key in settings.LAYER_KEYS}
    assert told == plain | layers | {f"[{name}] {key}" for name, keys in tables_of.items() for key in keys}


def test_every_key_of_a_policy_is_told_and_no_other() -> None:
    section = README[README.index("## Policy") : README.index("## What it promises")]
    told = set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))
    assert told == set(settings.POLICY_KEYS)
    for table, keys in settings.TABLES.items():
        (row,) = re.findall(rf"^\| `\[\[policy\.{table}\]\]` \| (.*) \|$", section, re.MULTILINE)
        named = set(re.findall(r"`([a-z_]+)`", row)) - {"true"}
        asked = set(settings.POLICY_KEYS) if table == "require" else set()
        assert named == set(keys) - asked | ({"override"} if table == "freeze" else set()), table


def test_every_room_is_on_the_map() -> None:
    place = Path(reviewer.__file__).parent
    rooms = {f"{p.name}/" for p in place.iterdir() if (p / "__init__.py").exists()}
    rooms |= {p.name for p in place.glob("*.py") if not p.name.startswith("__")}
    told = README[README.index("## The map") : README.index("## Contributing")]
    assert set(re.findall(r"^\| `([^`]+)` \|", told, re.MULTILINE)) == rooms


def test_commands_that_it_names_are_there() -> None:
    named = set(re.findall(r"reviewer ([a-z][a-z-]+)", README))
    assert named <= {*STORIES, "demo"}, named - set(STORIES)


def test_pictures_are_there() -> None:
    for name in re.findall(r"\]\((tests/[^)]+)\)", README):
        assert (Path(__file__).parents[2] / name).is_file()
