"""`reviewer scan`: findings of a difference as text or JSON lines; a folder of patches in one process."""

from __future__ import annotations

import json
from pathlib import Path

import click

from reviewer.cli.source import parsed, read_patch
from reviewer.diff.parse import parse_patch
from reviewer.model.errors import UsageError
from reviewer.model.finding import Finding, Severity
from reviewer.risk.engine import scan
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer scan main..claude/fix
  reviewer scan k3f9
  reviewer scan --patch change.diff --format jsonl
  git diff main... | reviewer scan - --fail-on high

Exit status: 0 scanned, also with findings; 1 failed, or a finding as high as --fail-on; 2 used wrongly.
"""


@click.command("scan", epilog=_EXAMPLES)
@click.argument("revisions", nargs=-1, metavar="[A..B | A B | CHANGE | -]")
@click.option("--patch", type=click.Path(path_type=Path), help="read a patch file")
@click.option("--patch-dir", type=click.Path(path_type=Path), help="scan every *.diff of a folder")
@click.option("--format", "form", type=click.Choice(["text", "jsonl"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="the same as --format jsonl")
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]), help="exit 1 where a finding is that high")
def command(
    revisions: tuple[str, ...],
    patch: Path | None,
    patch_dir: Path | None,
    form: str,
    as_json: bool,
    fail_on: str | None,
) -> int:
    """Scan a difference for what goes wrong in agent changes. Exits 0 even with findings, unless --fail-on."""
    if patch_dir is not None:
        if revisions or patch:
            raise UsageError("name a folder of patches or one difference, not both")
        if not patch_dir.is_dir():
            raise UsageError(f"{show(str(patch_dir))} is not a folder")
        sources = [(path.stem, parse_patch(path.read_bytes())) for path in sorted(patch_dir.glob("*.diff"))]
    else:
        sources = [("", parsed(read_patch(revisions, patch)))]
    highest = -1
    for case, files in sources:
        for finding in scan(files):
            highest = max(highest, finding.severity.rank)
            click.echo(json.dumps(_object(finding, case)) if as_json or form == "jsonl" else _line(finding, case))
    return 1 if fail_on and highest >= Severity(fail_on).rank else 0


def _object(finding: Finding, case: str) -> dict[str, object]:
    return {
        **({"case": case} if case else {}),
        "category": finding.category,
        "file": show(finding.file),
        "line": finding.line,
        "side": finding.side.value,
        "severity": finding.severity.value,
        "rule": finding.rule,
        "message": show(finding.message),
        "fingerprint": finding.fingerprint,
        "count": finding.count,
    }


def _line(finding: Finding, case: str) -> str:
    place = show(finding.file) + (f":{finding.line}" if finding.line else "")
    old = " (removed)" if finding.side.value == "old" else ""
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    head = f"{case}: " if case else ""
    return f"{head}{finding.severity.value:<8}  {finding.category:<18}  {place}{old}  {show(finding.message)}{times}"
