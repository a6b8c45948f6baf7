"""`reviewer scan`: findings of a difference, of its runs and of other scanners as text, JSON lines or SARIF."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import click

from reviewer import __version__
from reviewer.cli.source import named_commits, parsed, read_patch
from reviewer.diff.parse import parse_patch
from reviewer.evidence.scan import changed_files
from reviewer.model.diff import FileDiff
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.model.finding import Finding, Severity
from reviewer.repo.quarantine import Quarantine
from reviewer.review.comparison import Commits
from reviewer.risk.engine import scan
from reviewer.text import show

_EXAMPLES = """\b
Examples:
  reviewer scan main..claude/fix
  reviewer scan k3f9
  reviewer scan --patch change.diff --format jsonl
  reviewer scan main..claude/fix --run head.jsonl --base-run base.jsonl
  reviewer scan main..claude/fix --import ruff.sarif --off ruff/E501
  reviewer scan main..claude/fix --ci --off zizmor/artipacked
  reviewer scan main..claude/fix --format sarif > reviewer.sarif
  git diff main... | reviewer scan - --fail-on high

Exit status: 0 scanned, also with findings; 1 failed, or a finding as high as --fail-on; 2 used wrongly.
"""
_FILE = click.Path(path_type=Path)


@click.command("scan", epilog=_EXAMPLES)
@click.argument("revisions", nargs=-1, metavar="[A..B | A B | CHANGE | -]")
@click.option("--patch", type=_FILE, help="read a patch file")
@click.option("--patch-dir", type=_FILE, help="scan every *.diff of a folder")
@click.option("--run", "runs", type=_FILE, multiple=True, metavar="RECORD", help="judge a run of the change, too")
@click.option("--base-run", "base_runs", type=_FILE, multiple=True, metavar="RECORD", help="the same run of the base")
@click.option("--import", "imports", type=_FILE, multiple=True, metavar="FILE", help="SARIF, or a check's annotations")
@click.option("--ci", is_flag=True, help="audit changed workflow files with zizmor, which the [ci] extra installs")
@click.option("--off", multiple=True, metavar="RULE", help="leave an imported rule out: tool/rule, tool/* or rule")
@click.option("--format", "form", type=click.Choice(["text", "jsonl", "sarif"]), default="text", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="the same as --format jsonl")
@click.option("--fail-on", type=click.Choice([s.value for s in Severity]), help="exit 1 where a finding is that high")
def command(
    revisions: tuple[str, ...],
    patch: Path | None,
    patch_dir: Path | None,
    runs: tuple[Path, ...],
    base_runs: tuple[Path, ...],
    imports: tuple[Path, ...],
    ci: bool,
    off: tuple[str, ...],
    form: str,
    as_json: bool,
    fail_on: str | None,
) -> int:
    """Scan a difference for what goes wrong in agent changes. Exits 0 even with findings, unless --fail-on.

    Each line ends with the name of its rule: [scan] off in the reviewer.toml of the base turns it off, and then one
    line tells what it saw; it stays on where the policy of another layer asks about such findings. What others found
    is taken on changed lines alone, and where we do not say the same.
    """
    if patch_dir is not None:
        if revisions or patch or runs or imports or ci:
            raise UsageError("name a folder of patches or one difference, not both")
        scans = _folder(patch_dir)
    else:
        commits = _commits(revisions, patch, ci)
        files = parsed(read_patch(revisions, patch)) if commits is None else changed_files(*_named(commits))
        found: Sequence[Finding] = [*scan(files), *_of_runs(files, runs, base_runs)]
        if ci and commits is not None:
            found = _of_workflows(files, commits, found, off)
        found = _joined(files, found, imports, off)
        scans = [("", _less_off(found, commits) if commits is not None else found)]
    highest = -1
    if form == "sarif" and not as_json:
        from reviewer.risk.sarif_write import to_sarif

        scans = list(scans)
        click.echo(json.dumps(to_sarif(scans, __version__), indent=1))
    for case, findings in scans:
        for finding in findings:
            highest = max(highest, finding.severity.rank)
            if as_json or form == "jsonl":
                click.echo(json.dumps(_object(finding, case)))
            elif form == "text":
                click.echo(_line(finding, case))
    return 1 if fail_on and highest >= Severity(fail_on).rank else 0


def _folder(folder: Path) -> Iterable[tuple[str, Sequence[Finding]]]:
    if not folder.is_dir():
        raise UsageError(f"{show(str(folder))} is not a folder")
    return ((path.stem, scan(parse_patch(path.read_bytes()))) for path in sorted(folder.glob("*.diff")))


def _of_runs(files: Sequence[FileDiff], runs: Sequence[Path], base_runs: Sequence[Path]) -> list[Finding]:
    """The findings of records: the first --base-run belongs to the first --run."""
    if len(base_runs) > len(runs):
        raise UsageError("there is a --base-run without a --run", "name the change's own run first")
    if not runs:
        return []
    from reviewer.evidence.recorded import observed_of
    from reviewer.model.observed import RunFacts, RunPair
    from reviewer.risk.runs import judge_runs
    from reviewer.sandbox.reading import RECORD_BYTES, read_record

    records = [observed_of(read_record(_read(path, RECORD_BYTES)), show(path.name)) for path in (*runs, *base_runs)]
    heads, bases = records[: len(runs)], [*records[len(runs) :], *[None] * (len(runs) - len(base_runs))]
    return judge_runs(files, RunFacts(tuple(RunPair(head, base) for head, base in zip(heads, bases, strict=True))))


def _commits(revisions: tuple[str, ...], patch: Path | None, ci: bool) -> Commits | None:
    """The commits that are named; None for a patch. Raises UsageError for a patch with --ci: it has no whole files."""
    if patch is None and revisions != ("-",):
        return named_commits(revisions)[0]
    if ci:
        raise UsageError("--ci reads whole files, and a patch has none", "name commits (A..B) or a submitted change")
    return None


def _named(commits: Commits) -> tuple[Quarantine, str, str]:
    return commits.quarantine, commits.base, commits.head


def _less_off(found: Sequence[Finding], commits: Commits) -> Sequence[Finding]:
    """The findings, those of rules that the base's reviewer.toml turns off in one line each.

    Where that file, or one of another layer, cannot be read, every rule is on, and standard error says so.
    """
    from reviewer.gate.layers import less_off
    from reviewer.settings import REPOSITORY_FILE, home

    try:
        return less_off(found, commits.quarantine.file(commits.base, REPOSITORY_FILE.encode()), home())
    except UsageError as error:
        click.echo(f"{error.message}: every rule is on", err=True)
        return found


def _of_workflows(
    files: Sequence[FileDiff], commits: Commits, ours: Sequence[Finding], off: Sequence[str]
) -> list[Finding]:
    """Our findings and zizmor's on changed workflow files; what became of its own is told on standard error."""
    from reviewer.evidence.workflows import audit, locate_zizmor
    from reviewer.risk.external import merge

    audited = audit(files, lambda path: commits.quarantine.file(commits.head, path), locate_zizmor())
    imported = merge(files, ours, audited.found, off)
    count = f"{audited.files} workflow file{'' if audited.files == 1 else 's'}"
    told = f"zizmor, {count}: {imported.words()}" if audited.files else "zizmor: no workflow file changed"
    click.echo(told, err=True)
    for why in audited.left:
        click.echo(f"zizmor: {why}", err=True)
    return list(imported.findings)


def _joined(
    files: Sequence[FileDiff], ours: Sequence[Finding], imports: Sequence[Path], off: Sequence[str]
) -> Sequence[Finding]:
    """Our findings and those of other scanners; what became of theirs is told on standard error."""
    from reviewer.risk.external import merge
    from reviewer.risk.sarif_read import BYTES, read_external

    for path in imports:
        imported = merge(files, ours, read_external(_read(path, BYTES)), off)
        ours = imported.findings
        click.echo(f"{show(str(path), limit=200)}: {imported.words()}", err=True)
    return sorted(ours, key=lambda finding: -finding.severity.rank)


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        why = error.strerror or "it cannot be read"
        raise ReviewerError(f"{show(str(path), limit=200)}: {why}", "name a file that exists") from None


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
        **({"run": finding.run} if finding.run else {}),
        **({"tool": finding.tool} if finding.tool else {}),
        **({"off": finding.off.value} if finding.off is not None else {}),
    }


def _line(finding: Finding, case: str) -> str:
    place = show(finding.file) + (f":{finding.line}" if finding.line else "")
    old = " (removed)" if finding.side.value == "old" else ""
    times = f" ({finding.count} times)" if finding.count > 1 else ""
    head = f"{case}: " if case else ""
    where = place or f"run {show(finding.run)}"
    said = f"{show(finding.message)}{times} [{show(finding.rule, limit=100)}]"
    return f"{head}{finding.severity.value:<8}  {finding.category:<18}  {where}{old}  {said}"
