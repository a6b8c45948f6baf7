"""No text is read as markup: the screens use no widget and no parameter of Textual that would do so."""

import ast
from pathlib import Path

import pytest

import reviewer.tui

FILES = sorted(Path(reviewer.tui.__file__).parent.glob("*.py"))
WIDGETS = {"Input", "TextArea", "ToastRack"}
"""The ready-made widgets in use show what they hold as it is; most others read it, or a title, as markup."""
SWITCHED_OFF = {"notify", "Static", "Label"}
"""What reads markup unless it is called with `markup=False`."""
FORBIDDEN = {"from_markup", "from_text", "from_rich_text", "render_str", "update", "escape", "print"}
"""What reads markup, or pretends to make it harmless."""
PARSED = {"tooltip", "border_title", "border_subtitle", "sub_title"}
"""Attributes that are read as markup when they are set."""


def trees() -> list[tuple[str, ast.AST]]:
    return [(path.name, ast.parse(path.read_text(encoding="utf-8"))) for path in FILES]


def name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def test_only_widgets_that_show_what_they_hold_are_used() -> None:
    used = {
        alias.name
        for _, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual.widgets")
        for alias in node.names
    }
    assert used <= WIDGETS
    whole = [node for _, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert not [alias for node in whole for alias in node.names if alias.name.startswith("textual.widgets")]


@pytest.mark.parametrize(("name", "tree"), trees(), ids=lambda value: value if isinstance(value, str) else "")
def test_no_call_reads_markup(name: str, tree: ast.AST) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = name_of(node.func)
            given = {word.arg: word.value for word in node.keywords}
            where = f"{name}:{node.lineno}"
            if called in SWITCHED_OFF:
                off = given.get("markup")
                assert isinstance(off, ast.Constant), f"{where}: {called} without markup=False"
                assert off.value is False, f"{where}: {called} without markup=False"
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if called in FORBIDDEN and not (called == "update" and _is_set_or_dict(owner)):
                raise AssertionError(f"{where}: {called} reads markup")
            assert not PARSED & given.keys(), where
            if called in WIDGETS and "placeholder" in given:
                assert _ours(given["placeholder"]), f"{where}: a placeholder is read as markup"
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            assert not (isinstance(target, ast.Attribute) and target.attr in PARSED), f"{name}: {ast.dump(target)}"


def _is_set_or_dict(owner: ast.expr | None) -> bool:
    """A set's or dictionary's own `update`, known by its name: ours begin with an underscore or are lower case."""
    return owner is not None and name_of(owner) not in ("self", "widget", "static", "label", "screen")


def _ours(value: ast.expr) -> bool:
    """Whether a text is written out here, without brackets; or a name for such a text in the same file."""
    if isinstance(value, ast.Constant):
        return "[" not in str(value.value)
    # What a dialog asks for is written out where it is opened.
    return isinstance(value, ast.Name) or (isinstance(value, ast.Attribute) and value.attr == "asks")
