"""No text is read as markup: the screens use no widget and no parameter of Textual that would do so."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import pytest
import textual
import textual.widgets

import reviewer.tui
from reviewer.tui.keys import KEYS

FILES = sorted(Path(reviewer.tui.__file__).parent.glob("*.py"))
WIDGETS = {"Input", "TextArea", "ToastRack"}
"""The ready-made widgets in use show what they hold as it is; most others read it, or a title, as markup."""
SWITCHED_OFF = {"notify", "Static", "Label"}
"""What reads markup unless it is called with `markup=False`."""
READS_MARKUP = {
    # By each callable of Textual that has a parameter `markup`: why nothing of a change is read by it.
    "App.notify": "switched off at each call",
    "Widget.notify": "switched off at each call",
    "Static.__init__": "switched off at each call",
    "Label.__init__": "switched off at each call",
    "Notification.__init__": "made by notify alone",
    "Widget.action_notify": "no key and no palette entry has it",
    "Widget.__init__": "ours draw finished lines, and return no text to be read",
    "OptionList.__init__": "not used; the palette has one of our own words",
    "RichLog.__init__": "not used",
    "Content.from_markup": "forbidden",
    "Content.from_text": "forbidden",
    "visualize": "forbidden",
    "escape": "forbidden: it does not make harmless",
    "to_content": "forbidden",
    "_to_content": "another name of it",
}
FORBIDDEN = {
    "from_markup", "from_text", "from_rich_text", "render_str", "update", "escape", "print", "visualize", "to_content",
}  # fmt: skip
"""What reads markup, or pretends to make it harmless."""
NOT_OURS = {"ToggleButton", "Pretty"}
"""Whatever of Textual only names such a parameter and shows nothing of ours."""
PARSED = {"tooltip", "border_title", "border_subtitle", "sub_title"}
"""Attributes that are read as markup when they are set."""


def readers() -> set[str]:
    """Every callable of the installed Textual that says by its parameters that it reads markup."""
    named = [f"textual.{each.name}" for each in pkgutil.iter_modules(textual.__path__)]
    named += [f"textual.widgets.{each.name}" for each in pkgutil.iter_modules(textual.widgets.__path__)]
    found: set[str] = set()
    for name in named:
        if name.startswith(("textual.__", "textual._win", "textual._import", "textual._sleep", "textual.demo")):
            continue
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue  # for another system, or with what is not installed
        for value in vars(module).values():
            if not str(getattr(value, "__module__", "")).startswith("textual"):
                continue
            members = [one for _, one in inspect.getmembers(value)] if inspect.isclass(value) else [value]
            for member in filter(inspect.isroutine, members):
                try:
                    if "markup" in inspect.signature(member).parameters:
                        found.add(getattr(member, "__qualname__", ""))
                except (TypeError, ValueError):
                    continue
    return found


def test_every_reader_of_markup_is_known_and_dealt_with() -> None:
    """An upgrade that brings another one is looked at before it is used."""
    assert {name for name in readers() if name.split(".")[0] not in NOT_OURS} == set(READS_MARKUP)


def test_no_action_of_textuals_own_notes_is_bound() -> None:
    assert not [key for key in KEYS if "notify" in key.action]


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
