"""The taxonomy by definition: each category's cases beside its look-alikes, read from `cases/`.

Tokens and invisible characters are put together here, so that no scanner trips over the source.
"""

from __future__ import annotations

import base64
import random
import re
import string
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from reviewer.diff.parse import parse_patch
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan

_ALNUM = string.ascii_letters + string.digits
_LINES = 2
"""A finding may stand that many lines from where it is expected."""


def _text(kind: str) -> str:
    rnd = random.Random(kind)

    def pick(letters: str, count: int) -> str:
        return "".join(rnd.choice(letters) for _ in range(count))

    github = "gh" + "p_" + pick(_ALNUM, 36)
    return {
        "github": github,
        "github1": github[:14],
        "github2": github[14:],
        "word": "Vq7" + pick(_ALNUM, 9) + "x2",
        "base64": base64.b64encode(github.encode()).decode(),
        "long": pick(_ALNUM, 44),
        "up8": pick(string.ascii_uppercase + string.digits, 9),
        "alnum24": pick(_ALNUM, 24),
    }[kind]


def _filled(text: str) -> str:
    text = re.sub(r"\{U\+([0-9A-F]{4,5})\}", lambda m: chr(int(m[1], 16)), text)
    text = re.sub(r"\{token:(\w+)\}", lambda m: _text(m[1]), text)
    return text.replace("{K}", "")


@dataclass
class Case:
    """One case: what is due, and the patch in which it is due; a calm one is not due but may be medium."""

    name: str
    due: bool
    category: str
    high: bool
    calm: bool = False
    also: set[str] = field(default_factory=set)
    patch: list[str] = field(default_factory=list)
    marks: list[tuple[str, str, int, int]] = field(default_factory=list)


def _read(path: Path) -> list[Case]:
    cases: list[Case] = []
    block: list[str] = []
    head = ""
    for line in [*path.read_text("utf-8").split("\n"), "== end"]:
        if line.startswith("== "):
            if head:
                cases.append(_case(path.stem, head, block))
            head, block = line[3:], []
        elif head:
            block.append(line)
    return cases


def _case(stem: str, head: str, block: list[str]) -> Case:
    what, _, name = head.partition(" | ")
    sign, category, *rest = what.split()
    case = Case(f"{stem}: {category}: {name} {sign}", sign == "+", category, "high" in rest, sign == "~")
    files: list[tuple[list[str], list[str]]] = []
    for line in block:
        if line.startswith("@ "):
            files.append((line[2:].split(), []))
        elif line[:1] in ("+", "-", " ") and files:
            files[-1][1].append(line)
    for (path, *facts), lines in files:
        if "also" in facts:
            case.also |= set(facts[facts.index("also") + 1 :])
            facts = facts[: facts.index("also")]
        _file(case, path, facts, lines)
    return case


def _file(case: Case, path: str, facts: list[str], lines: list[str]) -> None:
    case.patch.append(f"diff --git a/{path} b/{path}")
    if "mode" in facts:
        before, after = facts[facts.index("mode") + 1 :][:2]
        case.patch += [f"old mode {before}", f"new mode {after}"]
        return
    mode = next((fact for fact in facts if fact.isdigit()), "100644")
    made, gone = "new" in facts, "gone" in facts
    case.patch.append(f"new file mode {mode}" if made else f"deleted file mode {mode}" if gone else f"index 1..2 {mode}")
    if "binary" in facts:
        case.patch.append(f"Binary files a/{path} and b/{path} differ")
        return
    olds, news = sum(line[0] in " -" for line in lines), sum(line[0] in " +" for line in lines)
    case.patch += ["--- " + ("/dev/null" if made else f"a/{path}"), f"+++ b/{path}"]
    case.patch.append(f"@@ -{min(olds, 1)},{olds} +{min(news, 1)},{news} @@")
    old = new = 1
    for line in lines:
        marked = line.endswith(" <<")
        if marked:
            case.marks.append((path, "old" if line[0] == "-" else "new", old if line[0] == "-" else new, new))
        case.patch.append(_filled(line.removesuffix(" <<")))
        old += line[0] in " -"
        new += line[0] in " +"


def _meets(finding: Finding, case: Case) -> bool:
    if finding.category != case.category:
        return False
    if not case.marks or finding.line is None:
        return True
    return any(
        finding.file.raw == path
        and (
            (finding.side.value == side and abs(finding.line - line) <= _LINES)
            or (side == "old" and abs(finding.line - new) <= _LINES)
        )
        for path, side, line, new in case.marks
    )


CASES = [case for path in sorted((Path(__file__).parent / "cases").glob("*.txt")) for case in _read(path)]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_case_is_found_where_it_stands_and_its_look_alike_is_left_alone(case: Case) -> None:
    found = [f for f in scan(parse_patch(("\n".join(case.patch) + "\n").encode())) if f.severity.rank >= 2]
    told = [(f.category, f.rule, f.severity.value, f.file.raw, f.side.value, f.line) for f in found]
    if case.due:
        met = [f for f in found if _meets(f, case)]
        assert met, told
        assert not case.high or any(f.severity.rank >= Severity.HIGH.rank for f in met), told
    else:
        least = Severity.HIGH if case.calm else Severity.MEDIUM
        assert [f for f in found if f.severity.rank >= least.rank and f.category not in case.also] == [], told


def test_each_category_has_its_cases_and_its_look_alikes() -> None:
    categories = {case.category for case in CASES}
    assert len(categories) == 37
    for category in categories:
        assert {case.due for case in CASES if case.category == category} == {True, False}, category
