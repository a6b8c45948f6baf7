"""A change of reviewer.toml says which key it loosens, from what to what; tightening is no alarm; nothing slips by."""

import difflib
import random

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan
from reviewer.text import show

FILE = """\
version = 1

[[run]]
name = "tests"
command = ["pytest", "-q"]
cross_checks = ["base", "new tests"]
reports = ["a.xml"]
timeout = "5m"

[policy]
approvals = 2
require_run = true
acknowledge = "medium"
acknowledge_reason = true
no_secrets = true
people_only = true
max_files = 20
max_lines = 400
runs = ["tests"]
groups = ["dba", "security"]
override = ["ann"]
unattended = [{name = "bot", key = "ssh-ed25519 A"}]

[[policy.require]]
name = "migrations"
paths = ["db/**", "*.sql"]
level = "low"
groups = [
  "dba",
  "ops",
]

[[policy.group]]
name = "dba"
members = ["ann", "bob"]

[[policy.freeze]]
name = "nights"
from = 2026-12-20
until = 2027-01-04
hours = "18:00-08:00"
days = ["sat", "sun"]
zone = "Europe/Berlin"

[[policy.autonomous]]
name = "docs"
tokens = ["bot"]
paths = ["docs/**"]
targets = ["main"]
max_lines = 100
a_day = 5

[landing]
target_moved = "rerun"

[scan]
off = ["exec-bit"]

[prepare]
python = "requirements.txt"
hosts = ["pypi.example.org"]

[agents]
prefixes = ["bot/", "claude/"]
"""
LOOSER = [
    ("approvals = 2", "approvals = 1", "[policy] approvals 2 -> 1"),
    ("approvals = 2\n", "", "[policy] approvals 2 -> 1"),
    ("require_run = true", "require_run = false", "[policy] require_run true -> false"),
    ('acknowledge = "medium"', 'acknowledge = "high"', "[policy] acknowledge medium -> high"),
    ('acknowledge = "medium"\n', "", "[policy] acknowledge medium -> nothing"),
    ("people_only = true", "acknowledge_high = false", "[policy] acknowledge_high true -> false"),
    ("acknowledge_reason = true\n", "", "[policy] acknowledge_reason true -> nothing"),
    ("no_secrets = true", "no_secrets = false", "[policy] no_secrets true -> false"),
    ("people_only = true\n", "", "[policy] people_only true -> nothing"),
    ("max_files = 20", "max_files = 200", "[policy] max_files 20 -> 200"),
    ("max_lines = 400\n", "", "[policy] max_lines 400 -> no limit"),
    ('runs = ["tests"]', "runs = []", "[policy] runs loses tests"),
    ('groups = ["dba", "security"]', 'groups = ["dba"]', "[policy] groups loses security"),
    ('override = ["ann"]', 'override = ["ann", "eve"]', "[policy] override gains eve"),
    ('key = "ssh-ed25519 A"}', 'key = "ssh-ed25519 B"}', "[policy] unattended loses bot (ssh-ed25519 A) and gains bot"),
    ('paths = ["db/**", "*.sql"]', 'paths = ["db/**"]', '[[policy.require]] "migrations" paths loses *.sql'),
    ('level = "low"', 'level = "high"', '[[policy.require]] "migrations" level low -> high'),
    ('  "ops",\n', "", '[[policy.require]] "migrations" groups loses ops'),
    ('level = "low"', 'agents = ["x"]', '[[policy.require]] "migrations" agents gains x'),
    ('members = ["ann", "bob"]', 'members = ["ann", "eve"]', '[[policy.group]] "dba" members loses bob and gains eve'),
    ("from = 2026-12-20", "from = 2026-12-24", '[[policy.freeze]] "nights" from 2026-12-20 -> 2026-12-24'),
    ("until = 2027-01-04", "until = 2027-01-01", '[[policy.freeze]] "nights" until 2027-01-04 -> 2027-01-01'),
    ("18:00-08:00", "20:00-08:00", '[[policy.freeze]] "nights" hours 18:00-08:00 -> 20:00-08:00'),
    ('days = ["sat", "sun"]', 'days = ["sun"]', '[[policy.freeze]] "nights" days loses sat'),
    ("Europe/Berlin", "Asia/Tokyo", '[[policy.freeze]] "nights" zone Europe/Berlin -> Asia/Tokyo'),
    ('tokens = ["bot"]', 'tokens = ["bot", "new"]', '[[policy.autonomous]] "docs" tokens gains new'),
    ('paths = ["docs/**"]', 'paths = ["docs/**", "**"]', '[[policy.autonomous]] "docs" paths gains **'),
    ('targets = ["main"]\n', "", '[[policy.autonomous]] "docs" targets loses main'),
    ("max_lines = 100", "max_lines = 500", '[[policy.autonomous]] "docs" max_lines 100 -> 500'),
    ("max_lines = 100\n", "", '[[policy.autonomous]] "docs" max_lines 100 -> 200'),
    ("a_day = 5", 'level = "medium"', '[[policy.autonomous]] "docs" level none -> medium'),
    ("a_day = 5", "require_run = false", '[[policy.autonomous]] "docs" require_run true -> false'),
    ('"rerun"', '"clean"', "[landing] target_moved rerun -> clean"),
    ('"exec-bit"', '"exec-bit", "secret"', "[scan] off gains secret"),
    ('["pytest", "-q"]', '["true"]', '[[run]] "tests" command pytest -q -> true'),
    (', "new tests"', "", '[[run]] "tests" cross_checks loses new tests'),
    ('timeout = "5m"', 'read_only = ["/etc"]', '[[run]] "tests" read_only gains /etc'),
    ('["pypi.example.org"]', '["pypi.example.org", "evil.example"]', "[prepare] hosts gains evil.example"),
    ('[[run]]\nname = "tests"', '[[run]]\nname = "none"', '[[run]] "tests" is gone'),
    ('[[policy.freeze]]\nname = "nights"', '[[policy.freeze]]\nname = "never"', '[[policy.freeze]] "nights" is gone'),
    ('[[policy.autonomous]]\nname = "docs"', '[[policy.autonomous]]\nname = "all"', '[[policy.autonomous]] "all" is new'),
]
TIGHTER = [
    ("approvals = 2", "approvals = 3"),
    ('acknowledge = "medium"', 'acknowledge = "low"'),
    ("max_lines = 400", "max_lines = 40"),
    ('groups = ["dba", "security"]', 'groups = ["dba", "security", "legal"]'),
    ('override = ["ann"]\n', ""),
    ('paths = ["db/**", "*.sql"]\n', ""),
    ('level = "low"\n', ""),
    ("from = 2026-12-20\n", ""),
    ("until = 2027-01-04", "until = 2027-02-04"),
    ("18:00-08:00", "17:00-09:00"),
    ('days = ["sat", "sun"]\n', ""),
    ("max_lines = 100", "max_lines = 10"),
    ('"rerun"', '"review"'),
    ('off = ["exec-bit"]', "off = []"),
    ("[landing]", '[[policy.require]]\nname = "more"\napprovals = 3\n[landing]'),
]


def found(before: str, after: str, context: int = 1000) -> list[Finding]:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    lines = difflib.unified_diff(old, new, "a/reviewer.toml", "b/reviewer.toml", n=context)
    patch = "diff --git a/reviewer.toml b/reviewer.toml\n" + "".join(lines)
    return scan(parse_patch(patch.encode()))


def changed(old: str, new: str) -> str:
    assert FILE.count(old) == 1 or old in ("max_lines = 400", "max_lines = 100")
    return FILE.replace(old, new, 1)


@pytest.mark.parametrize(("old", "new", "said"), LOOSER)
def test_what_is_loosened_is_high_and_says_from_what_to_what(old: str, new: str, said: str) -> None:
    high = [f for f in found(FILE, changed(old, new)) if f.severity is Severity.HIGH]
    assert any(show(f.message).startswith(f"loosens the policy: {said}") for f in high), [show(f.message) for f in high]
    assert all((f.category, f.rule) == ("check-weakened", "policy-loosened") for f in high)
    mine = next(f for f in high if said in show(f.message))
    assert mine.evidence[0].text.raw in set(FILE.split("\n")) ^ set(changed(old, new).split("\n"))


@pytest.mark.parametrize(("old", "new"), TIGHTER)
def test_what_is_tightened_is_no_alarm(old: str, new: str) -> None:
    (only,) = found(FILE, changed(old, new))
    assert (only.severity, only.rule) == (Severity.INFO, "policy-tightened"), show(only.message)


@pytest.mark.parametrize(
    ("old", "new", "level"),
    [
        ('["a.xml"]', '["b.xml"]', Severity.MEDIUM),
        ('"requirements.txt"', '"other.txt"', Severity.MEDIUM),
        ('["bot/", "claude/"]', '["bot/"]', Severity.MEDIUM),
        ('"5m"', '"9m"', Severity.LOW),
        ("[landing]", "# what lands\n[landing]", Severity.LOW),
        ("approvals = 2", "approvals = [", Severity.MEDIUM),
        ("max_lines = 400", "max_lines = " + "4" * 5000, Severity.MEDIUM),
    ],
)
def test_any_other_change_of_it_is_told(old: str, new: str, level: Severity) -> None:
    assert [f.severity for f in found(FILE, changed(old, new))] == [level]


@pytest.mark.parametrize(("old", "new", "said"), LOOSER)
def test_a_patch_that_shows_three_lines_around_tells_nearly_as_much(old: str, new: str, said: str) -> None:
    findings = found(FILE, changed(old, new), 3)
    assert findings and findings[0].severity.rank >= Severity.MEDIUM.rank, said
    assert findings[0].category == "check-weakened"


def test_a_new_file_is_held_against_what_is_built_in_and_one_that_goes_against_what_it_asked() -> None:
    (only,) = found("", "[policy]\nacknowledge_high = false\n")
    assert "acknowledge_high true -> false" in show(only.message) and only.severity is Severity.HIGH
    assert [f.severity for f in found("", "[policy]\napprovals = 2\n")] == [Severity.INFO]
    gone = [show(f.message) for f in found(FILE, "") if f.severity is Severity.HIGH]
    assert len(gone) > 10 and any("no_secrets true -> nothing" in said for said in gone)


def test_a_file_that_moves_away_or_becomes_a_link_asks_for_nothing() -> None:
    moved = "diff --git a/reviewer.toml b/old.toml\nsimilarity index 100%\nrename from reviewer.toml\nrename to old.toml\n"
    assert [f.severity for f in scan(parse_patch(moved.encode())) if f.rule == "policy-loosened"] == [Severity.HIGH]
    link = (
        "diff --git a/reviewer.toml b/reviewer.toml\nold mode 100644\nnew mode 120000\n--- a/reviewer.toml\n"
        "+++ b/reviewer.toml\n@@ -1,2 +1,1 @@\n-[policy]\n-approvals = 2\n+old.toml\n"
    )
    said = [show(f.message) for f in scan(parse_patch(link.encode())) if f.rule == "policy-loosened"]
    assert said == ["loosens the policy: [policy] approvals 2 -> 1"]


def test_only_the_file_at_the_root_is_the_policy() -> None:
    patch = "diff --git a/docs/reviewer.toml b/docs/reviewer.toml\n--- a/docs/reviewer.toml\n+++ b/docs/reviewer.toml\n"
    hunk = "@@ -1,2 +1,2 @@\n [policy]\n-approvals = 2\n+approvals = 1\n"
    assert not [f for f in scan(parse_patch((patch + hunk).encode())) if f.rule.startswith("policy-")]


def test_whatever_stands_in_it_is_read_or_told_as_unread() -> None:
    chance = random.Random(8)
    signs = ["[", "]", "=", '"', "policy", "require", "approvals", "1", "\n", ".", "{", "}", ",", "name", "'", " ", "#"]
    for _ in range(300):
        old, new = ("".join(chance.choices(signs, k=60)) for _ in range(2))
        if old != new:
            assert [f for f in found(old + "\n", new + "\n", chance.choice([0, 3, 99])) if f.rule.startswith("policy-")]
