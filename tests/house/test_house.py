"""The house keeps its rules: headless rooms load no Textual, the store stays light, names mean something."""

import ast
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import reviewer
from reviewer.model.rules import RULES

ROOT = Path(reviewer.__file__).parent
MODULES = sorted(m.name for m in pkgutil.walk_packages([str(ROOT)], "reviewer."))
HEADLESS = [m for m in MODULES if not m.startswith("reviewer.tui") and m != "reviewer.__main__"]


def loaded_by(statement: str) -> set[str]:
    code = f"{statement}\nimport sys; print(*sorted({{m.split('.')[0] for m in sys.modules}}))"
    return set(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split())


def test_everything_below_the_screens_runs_without_textual() -> None:
    loaded = loaded_by("\n".join(f"import {name}" for name in HEADLESS))
    assert "reviewer" in loaded
    assert "textual" not in loaded


@pytest.mark.parametrize("module", ["reviewer.text", "reviewer.model.change"])
def test_the_lowest_floors_need_only_the_standard_library(module: str) -> None:
    assert not loaded_by(f"import {module}") & {"textual", "rich", "git", "httpx", "pygments", "click", "msgspec"}


def test_asking_a_gate_loads_no_command_line_of_the_library() -> None:
    loaded = loaded_by("import reviewer.pipelines.checkpoint, reviewer.pipelines.remote")
    assert "httpx" in loaded
    assert not loaded & {"textual", "rich", "pygments", "click"}


def test_version_loads_little() -> None:
    bare = subprocess.run(
        [sys.executable, "-c", "import sys; print(len(sys.modules))"], check=True, capture_output=True, text=True
    )
    ours = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "reviewer", "--version"], check=True, capture_output=True, text=True
    )
    assert ours.stdout == f"reviewer {reviewer.__version__}\n"
    assert len(ours.stderr.splitlines()) - int(bare.stdout) <= 90


def test_names_say_something() -> None:
    said_nothing = {"utils", "util", "helpers", "helper", "manager", "handler", "handlers", "info", "data", "misc"}
    assert not [m for m in MODULES if m.rsplit(".", 1)[-1] in said_nothing]


def test_each_file_says_what_it_does() -> None:
    silent = [str(p) for p in ROOT.rglob("*.py") if p.stat().st_size and not p.read_text().lstrip().startswith('"""')]
    assert not silent


def test_no_two_files_of_tests_share_a_name() -> None:
    # Tests are modules without a package: the second of a name cannot be collected, and takes the whole run with it.
    names = [path.name for path in Path(__file__).parent.parent.rglob("test_*.py")]
    assert not {name for name in names if names.count(name) > 1}


def test_every_rule_stands_in_the_list_that_settings_are_checked_against() -> None:
    made = {"hit", "Hit", "rule", "seen_in_run"}
    named = {
        call.args[0].value
        for path in (ROOT / "risk").glob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in made and call.args
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }
    assert len(named) > 300
    assert named <= RULES, f"add to reviewer/model/rules.py: {', '.join(sorted(named - RULES))}"
