"""`reviewer scan --ci`: the real zizmor over the workflow files of a change, and bad programs in its place."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.evidence import workflows
from reviewer.evidence.workflows import audit, locate_zizmor
from reviewer.model.errors import ReviewerError

WORKFLOW = """name: build
on: push
permissions: {}
jobs:
  build:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/cache@v4
      - run: make
"""
INJECTED = "      - run: echo ${{ github.event.issue.title }}  # zizmor: ignore[template-injection]\n"
CONFIG = "rules:\n  template-injection:\n    disable: true\n"


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@b.invalid", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEWER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
    tree = tmp_path / "tree"
    (tree / ".github/workflows").mkdir(parents=True)
    git(tree, "init")
    (tree / ".github/workflows/build.yml").write_text(WORKFLOW)
    git(tree, "add", "-A")
    git(tree, "commit", "-m", "one")
    git(tree, "checkout", "-b", "claude/fix")
    (tree / ".github/workflows/build.yml").write_text(WORKFLOW + INJECTED)
    (tree / ".github/zizmor.yml").write_text(CONFIG)
    (tree / ".github/workflows/broken.yml").write_text("on: [\n")
    (tree / "do").mkdir()
    (tree / "do/action.yml").write_text(
        'name: do\nruns:\n  using: composite\n  steps:\n    - shell: bash\n      run: "echo ${{ inputs.x }}"\n'
    )
    git(tree, "add", "-A")
    git(tree, "commit", "-m", "two")
    return tree


def scan(work: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "reviewer", "scan", "main..claude/fix", "--ci", *words]
    return subprocess.run(command, cwd=work, capture_output=True, text=True, check=False)


def installed() -> bool:
    try:
        return bool(locate_zizmor())
    except ReviewerError:
        return False


@pytest.mark.skipif(not installed(), reason="zizmor is not installed here")
def test_the_real_one_is_heard_on_changed_lines_and_the_change_cannot_silence_it(work: Path) -> None:
    before = sorted(work.rglob("*"))
    done = scan(work, "--json")
    assert done.returncode == 0, done.stderr
    said = [json.loads(line) for line in done.stdout.splitlines()]
    theirs = {(f["rule"], f["file"]) for f in said if f.get("tool") == "zizmor"}
    ours = {(f["category"], f["line"]) for f in said if f["file"] == ".github/workflows/build.yml" and "tool" not in f}
    # What zizmor says of the same line is one finding with ours, if ours says it; it is never nothing.
    assert ("ci-injection", 10) in ours or ("zizmor/template-injection", ".github/workflows/build.yml") in theirs
    assert ("zizmor/template-injection", "do/action.yml") in theirs
    assert "zizmor/unpinned-uses" not in {rule for rule, _ in theirs}, "that line was there before"
    assert any(f["category"] == "suppression-added" and f["line"] == 10 for f in said)
    assert "zizmor, 3 workflow files: " in done.stderr and "not on changed lines" in done.stderr
    assert "zizmor: .github/workflows/broken.yml: zizmor cannot read it" in done.stderr
    assert sorted(work.rglob("*")) == before
    off = scan(work, "--off", "zizmor/template-injection")
    assert "[zizmor/template-injection]" not in off.stdout and "of rules that are off" in off.stderr


PATCH = b"""diff --git a/.github/workflows/x.yml b/.github/workflows/x.yml
index 1..2 100644
--- a/.github/workflows/x.yml
+++ b/.github/workflows/x.yml
@@ -1,1 +1,2 @@
 on: push
+jobs: {}
"""


def stand_in(folder: Path, script: str) -> str:
    program = folder / "zizmor"
    program.write_text(f"#!{sys.executable}\nimport os, sys, time\n{script}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("sys.exit(3)", "cannot read it"),
        ("sys.exit(2)", "exit status 2"),
        ("print('no SARIF')", "is not understood"),
        ("time.sleep(60)", "took longer"),
        ("while True: sys.stdout.write('x' * 65536)", "zizmor failed"),
    ],
)
def test_an_audit_that_goes_wrong_is_named_and_found_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    monkeypatch.setattr(workflows, "SECONDS", 3.0)
    monkeypatch.setattr(workflows, "OUTPUT", 1 << 20)
    audited = audit(parse_patch(PATCH), lambda _path: b"on: push\n", stand_in(tmp_path, script))
    assert audited.found == () and len(audited.left) == 1
    assert str(audited.left[0]).startswith(".github/workflows/x.yml: ") and why in audited.left[0].why


def test_of_very_many_files_only_so_many_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "FILES", 2)
    patch = b"".join(PATCH.replace(b"x.yml", b"x%d.yml" % n) for n in range(6))
    asked: list[bytes] = []

    def read(path: bytes) -> bytes:
        asked.append(path)
        return b"on: push\n"

    audited = audit(parse_patch(patch), read, stand_in(tmp_path, "sys.exit(3)"))
    assert (len(asked), audited.files, len(audited.left)) == (2, 2, 6)
    assert sum("too many" in each.why for each in audited.left) == 4


def test_it_sees_one_file_offline_under_a_name_of_ours_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GH_TOKEN", "secret")
    seen = tmp_path / "seen"
    tell = (
        f"open({str(seen)!r}, 'w').write(repr((sys.argv[1:], 'GH_TOKEN' in os.environ,"
        " [f for _, _, names in os.walk('.') for f in names])))"
    )
    audit(parse_patch(PATCH), lambda _path: b"on: push\n", stand_in(tmp_path, tell))
    words, token, names = ast.literal_eval(seen.read_text())
    assert {"--offline", "--no-config", "--no-ignores"} <= set(words) and not token and names == ["workflow.yml"]


def test_where_it_is_not_installed_a_line_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, "")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workflows.sysconfig, "get_path", lambda _name: str(tmp_path / "none"))
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{tmp_path / 'nothing'}")
    with pytest.raises(ReviewerError) as refused:
        locate_zizmor()
    assert "not installed" in refused.value.message and "reviewer-desk[ci]" in refused.value.hint


def test_a_patch_has_no_whole_files(work: Path) -> None:
    command = [sys.executable, "-m", "reviewer", "scan", "-", "--ci"]
    done = subprocess.run(command, cwd=work, input="", capture_output=True, text=True, check=False)
    assert done.returncode == 2 and "name commits" in done.stderr
