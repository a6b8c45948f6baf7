"""Patterns, windows of time and owners mean what the field means by them, and take no time that an agent can grow."""

import pytest

from reviewer.model.policy import Window
from reviewer.policy.globs import matches, named
from reviewer.policy.owners import owners_of, parse_owners
from reviewer.policy.windows import held_until, said


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("docs/**", "docs/a.md"), ("docs/**", "docs/a/b.md"), ("docs/", "docs/x/y"), ("*.md", "a/b/c.md"),
        ("*.md", "c.md"), ("/README.md", "README.md"), ("**/x/*.py", "a/b/x/y.py"), ("**/x/*.py", "x/y.py"),
        ("a/**/b", "a/b"), ("a/**/b", "a/c/d/b"), ("**", "a"), ("src/*/t?.py", "src/q/t1.py"), ("db", "x/db"),
    ],
)  # fmt: skip
def test_a_pattern_means(pattern: str, path: str) -> None:
    assert matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("docs/**", "docs"), ("docs/**", "xdocs/a"), ("/README.md", "a/README.md"), ("src/*", "src/a/b"),
        ("*.md", "a.mdx"), ("docs/*.md", "docs/a/b.md"), ("docs/**", "docs\n/a"), ("a", "A"),
    ],
)  # fmt: skip
def test_a_pattern_does_not_mean(pattern: str, path: str) -> None:
    assert not matches(pattern, path)


def test_names_have_no_folders() -> None:
    assert named("release/*", "release/2/x") and named("*", "") and not named("main", "mainly")


BERLIN = "Europe/Berlin"
FRIDAY_NIGHT = 1_795_813_200.0  # 2026-11-27 22:00 in Berlin
MONDAY_NOON = FRIDAY_NIGHT + (2 * 24 + 14) * 3600


def test_quiet_hours_run_over_midnight_and_days_over_the_weekend() -> None:
    night = Window(BERLIN, hours=(18 * 60, 8 * 60))
    assert held_until(night, FRIDAY_NIGHT) == FRIDAY_NIGHT + 10 * 3600
    assert held_until(night, MONDAY_NOON) is None
    weekend = Window(BERLIN, days=(5, 6))
    assert held_until(weekend, FRIDAY_NIGHT) is None
    until = held_until(weekend, FRIDAY_NIGHT + 3 * 3600)
    assert until is not None and said(weekend, until) == "until 2026-11-30 00:00 Europe/Berlin"


def test_a_freeze_begins_ends_and_may_have_no_end() -> None:
    freeze = Window("UTC", 100.0, 200.0)
    assert [held_until(freeze, now) for now in (99.0, 100.0, 199.0, 200.0)] == [None, 200.0, 200.0, None]
    assert held_until(Window("UTC", start=100.0), 100.0) == float("inf")
    assert said(freeze, float("inf")) == "until it is taken back"
    # Quiet hours end with the freeze that they belong to.
    until = FRIDAY_NIGHT + 60
    assert held_until(Window(BERLIN, until=until, hours=(18 * 60, 8 * 60)), FRIDAY_NIGHT) == until


OWNERS = parse_owners(
    b"# who\n*  @all\n*.js @js # the web\n/build/logs/ @ops\ndocs/* docs@example.org\napps/ @apps\n"
    b"/scripts @tools @ops\n/scripts/free\n[Section]\n!no @x\n**/x\\ y @space\n\xff\n"
)


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("a/b.c", ("@all",)), ("a/b.js", ("@js",)), ("build/logs/x/y", ("@ops",)), ("x/build/logs/y", ("@all",)),
        ("docs/a.md", ("docs@example.org",)), ("docs/a/b.md", ("@all",)), ("x/apps/y/z", ("@apps",)),
        ("scripts/a/b", ("@tools", "@ops")), ("scripts/free/a", ()), ("q/x y", ("@space",)),
    ],
)  # fmt: skip
def test_the_last_line_about_a_path_names_its_owners(path: str, owners: tuple[str, ...]) -> None:
    assert owners_of(OWNERS, path) == owners
