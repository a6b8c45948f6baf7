"""`reviewer policy test` says which example came out otherwise, and in what; the README's own come out right."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from reviewer.attest.sign import POLICY_NAMESPACE, Key
from reviewer.cli.policy import command
from reviewer.model.errors import UsageError

README = (Path(__file__).parents[2] / "README.md").read_text()


def outcome_of(place: Path, text: str, *words: str) -> tuple[int, str]:
    place.write_text(text)
    done = CliRunner().invoke(command, ["test", str(place), *words], standalone_mode=False)
    return int(done.return_value or 0) if done.exception is None else -1, done.output


def test_the_examples_of_the_readme_come_out_as_they_say(tmp_path: Path) -> None:
    section = README[README.index("## Policy") : README.index("What a rule asks for stands in")]
    lines = [line[4:] for line in section.split("\n") if line.startswith("    ") and "reviewer policy" not in line]
    toml = "\n".join(lines)
    status, said = outcome_of(tmp_path / "reviewer.toml", toml)
    assert status == 0, said
    assert "2 of 2 examples" in said


def test_what_differs_is_said_with_its_line(tmp_path: Path) -> None:
    text = '[policy]\napprovals = 2\n[[policy.example]]\nname = "one"\nexpect = ["approvals: 1", "group: dba"]\n'
    status, said = outcome_of(tmp_path / "reviewer.toml", text)
    assert status == 1
    assert "line 3" in said and "expected, and not asked for: group: dba" in said
    assert "asked for, and not expected: approvals: 2" in said
    status, said = outcome_of(tmp_path / "reviewer.toml", text, "--json")
    assert json.loads(said)["missing"] == ["approvals: 1", "group: dba"]


@pytest.mark.parametrize(
    ("text", "line", "allowed"),
    [
        ('[[policy.require]]\nname = "a"\npaths = ["x"]\n', 1, "something to ask for"),
        ('[[policy.require]]\nname = "a"\nruns = ["x"]\n[[policy.require]]\nname = "b"\napprovals = 99\n', 6, "1 to"),
        ('[[policy.freeze]]\nname = "a"\nhours = "25:00-1"\n', 3, "18:00-08:00"),
        ('[[policy.freeze]]\nname = "a"\nzone = "Mars/Here"\ndays = ["sat"]\n', 3, "Europe/Berlin"),
        ('[[policy.autonomous]]\nname = "a"\npaths = ["docs/**"]\n', 1, "tokens"),
        ('[policy]\nmax_line = 3\n', 2, "max_lines"),
    ],
)  # fmt: skip
def test_a_wrong_value_names_its_own_line_and_what_is_allowed(text: str, line: int, allowed: str) -> None:
    from reviewer.model.errors import UsageError
    from reviewer.settings import read_repository

    with pytest.raises(UsageError) as caught:
        read_repository(text.encode())
    assert f"line {line}:" in caught.value.message, caught.value.message
    assert allowed in caught.value.hint


def test_the_examples_of_every_layer_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir(mode=0o700)
    work.mkdir()
    monkeypatch.setenv("REVIEWER_HOME", str(home))
    monkeypatch.chdir(work)
    key = Key.load_or_create(tmp_path / "officer")
    example = '[[policy.example]]\nname = "{}"\nexpect = ["approvals: {}"]\n'
    office = "[policy]\napprovals = 2\n" + example.format("two look", 2)
    (home / "organisation.toml").write_text(office)
    (home / "organisation.toml.sig").write_text(key.sign(office.encode(), POLICY_NAMESPACE))
    (home / "mine.toml").write_text("[policy]\napprovals = 3\n")
    (home / "config.toml").write_text(
        f'[[layer]]\nname = "organisation"\nfile = "organisation.toml"\nsigners = ["{key.public} the office"]\n'
        '[[layer]]\nname = "person"\nfile = "mine.toml"\n'
    )
    (work / "reviewer.toml").write_text("[policy]\napprovals = 1\n" + example.format("one looks", 1))

    done = CliRunner().invoke(command, ["test"], standalone_mode=False)
    assert done.return_value == 1
    assert done.output.splitlines() == [
        f"ok     two look  (organisation, {home}/organisation.toml, line 3)",
        "WRONG  one looks  (team, reviewer.toml, line 3)",
        "         expected, and not asked for: approvals: 1",
        "         asked for, and not expected: approvals: 2",
        f"-      person, {home}/mine.toml has no examples",
        "1 of 2 examples came out as they say",
    ]
    said = [json.loads(line) for line in CliRunner().invoke(command, ["test", "--json"]).output.splitlines()]
    assert [(one["layer"], one["right"]) for one in said] == [("organisation", True), ("team", False)]
    alone = CliRunner().invoke(command, ["test", "reviewer.toml"], standalone_mode=False)
    assert not alone.return_value and "1 of 1" in alone.output

    (home / "organisation.toml").write_text(office.replace("2", "1"))
    refused = CliRunner().invoke(command, ["test"], standalone_mode=False)
    assert isinstance(refused.exception, UsageError) and "not signed by a key" in refused.exception.message
