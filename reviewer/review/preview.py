"""Says in a few lines what a change is: what was found, what ran, what is required, what the agent claims; pure."""

from __future__ import annotations

from collections.abc import Sequence

from reviewer.model.change import Change, State
from reviewer.model.deploy import Deploy, deploy_of
from reviewer.model.detail import ChangeDetail, Revision
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.model.run import Conclusion, Run, RunState
from reviewer.review.inbox_rows import risk_words, run_words, size_words
from reviewer.review.lines import BLANK, Line, line, paragraph, severity_style
from reviewer.text import fit, show, show_lines

_SIGN = {
    RequirementState.MET: ("✓", "run-success"),
    RequirementState.UNMET: ("✗", "run-failure"),
    RequirementState.WAITING: ("…", "run-waiting"),
    RequirementState.NOT_APPLICABLE: ("-", "muted"),
}

_HELD = {True: ("✓ holds", "run-success"), False: ("✗ not so", "run-failure"), None: ("- nothing", "muted")}


def requirement_lines(requirement: Requirement, width: int) -> list[Line]:
    """One requirement: a sign for its state, and why in words, which say what it is about."""
    mark, style = _SIGN[requirement.state]
    first, *rest = paragraph(show(requirement.why, limit=400), width - 2)
    return [((f"{mark} ", style), *first), *((("  ", "text"), *more) for more in rest)]


def weight_lines(change: Change, width: int) -> list[Line]:
    """Why the change stands where it does in the inbox, what weighs most first."""
    lines: list[Line] = []
    for weight in change.weights:
        if weight.why and weight.step:
            first, *rest = paragraph(show(weight.why, limit=200), width - 12)
            lines.append(((f"{weight.aspect:<12}", "muted"), *first))
            lines += [((" " * 12, "text"), *more) for more in rest]
    return lines


def deploy_lines(deploy: Deploy, width: int) -> list[Line]:
    """What a change deploys, where to, and as a part of what."""
    where = f"{show(deploy.environment, limit=40)}, {show(deploy.stage, limit=40)}"
    rollout = f"rollout {show(deploy.rollout, limit=60)}: a decides its gates together, once each was open"
    return [
        (("deploys to ", "muted"), (where, "text bold"), (f"  live now {deploy.live[:12]}", "muted")),
        *paragraph(f"artifact {show(deploy.artifact, limit=100)}", width, "muted"),
        *paragraph(rollout, width, "muted"),
    ]


def limit_words(limit: str | None) -> str:
    """As "limit on time hit"; empty where there was none, or where a person ended it, which is no limit."""
    return f"limit on {show(limit, limit=20)} hit" if limit and limit != Conclusion.CANCELLED else ""


def run_line(run: Run) -> Line:
    """One run's outcome: what we observed, never what was told."""
    word, style = run_outcome(run)
    took = f"  {run.seconds:.1f} s" if run.seconds is not None else ""
    exited = f"  exit status {run.exit_status}" if run.exit_status is not None and run.exit_status != 0 else ""
    limit = f"  {said}" if (said := limit_words(run.limit_hit)) else ""
    why = f"  {show(run.reason, limit=160)}" if run.reason else ""
    return ((f"{word:<10} ", style), (show(run.name, limit=40), "text bold"), (f"{took}{exited}{limit}{why}", "muted"))


def run_outcome(run: Run) -> tuple[str, str]:
    if run.state is RunState.NOT_RUN:
        return "! NOT RUN", "run-failure"
    if run.state in (RunState.QUEUED, RunState.RUNNING):
        return f"… {run.state.value}", "run-waiting"
    if run.state is RunState.CANCELLED:
        return "✗ stopped", "run-failure"
    if run.check is not None and (run.held is not None or run.conclusion is Conclusion.SKIPPED):
        # What it is held against says how it must end: with a failure, it may be.
        return _HELD[run.held]
    if run.conclusion is Conclusion.SUCCESS:
        return "✓ passed", "run-success"
    word = run.conclusion.value if run.conclusion and run.conclusion is not Conclusion.FAILURE else "failed"
    return f"✗ {word}", "run-failure"


def runs_of(detail: ChangeDetail) -> list[Run]:
    """The newest attempt of each run of the current revision, in the order of their names' first start."""
    newest: dict[str, Run] = {}
    for run in detail.runs:
        if run.revision_digest == detail.change.digest:
            newest[run.name] = run
    return list(newest.values())


def preview(change: Change, detail: ChangeDetail | None, width: int, news: str = "") -> list[Line]:
    """The preview of a change; `detail` is None for a branch that nobody submitted, `news` what is new on it."""
    title = show(change.title, limit=400) or show(change.branch, limit=200)
    lines = paragraph(title, width, "text bold")
    where = f"{show(change.branch, limit=80)} → {show(change.target, limit=40)}  by {show(change.agent, limit=40)}"
    many = change.size.files if change.size else 0
    facts = f"{size_words(change)}  {many} file{'s' if many != 1 else ''}" if change.size else ""
    lines.append(((where, "muted"), (f"  {facts}" if facts else "", "muted")))
    if news and news != "new":
        lines.append(((f"since you looked: {news}", "accent"),))
    deploy = deploy_of(detail) if detail is not None else None
    lines += deploy_lines(deploy, width) if deploy is not None else []
    if change.note:
        lines.extend(paragraph(show(change.note, limit=300), width, "run-waiting"))
    lines += weight_lines(change, width)
    lines.append(BLANK)
    if detail is None:
        risk, style = risk_words(change)
        lines.append((("flags  ", "muted"), (risk, style), ("  " + ", ".join(change.categories), "muted")))
        if change.state is State.DISCOVERED:
            lines.append(
                line("Found in the repository: listed and scanned, never run. Enter submits and opens it.", "muted")
            )
        return lines
    runs = runs_of(detail)
    lines.extend(run_line(run) for run in runs)
    if not runs:
        word, style = run_words(change.run)
        lines.append(((word, style),))
    for finding in detail.findings[:6]:
        place = show(finding.file, limit=60) + (f":{finding.line}" if finding.line else "")
        first, *rest = paragraph(show(finding.message, limit=200), width - 9)
        lines.append(((f"{finding.severity.value:<9}", severity_style(finding.severity)), *first))
        lines += [((" " * 9, "text"), *more) for more in rest]
        lines.append((((" " * 9), "text"), (place, "muted")))
    if len(detail.findings) > 6:
        lines.append(line(f"and {len(detail.findings) - 6} more findings", "muted"))
    lines.append(BLANK)
    for requirement in _telling(detail.requirements):
        lines.extend(requirement_lines(requirement, width))
    lines += _files(detail.current, width)
    claim = show_lines(detail.current.claim) if detail.current.claim else []
    if claim:
        lines += [BLANK, line("the agent claims, not observed:", "muted italic")]
        for text in claim[:12]:
            lines.extend(paragraph(text, width, "claim"))
    return lines


_FILES = 12
_BAR = 16


def _files(revision: Revision, width: int) -> list[Line]:
    """The largest files of a revision, each with a bar of what was added and removed, longest for the largest."""
    if not revision.files:
        return []
    largest = sorted(revision.files, key=lambda file: -(file.added + file.removed))
    most = max(1, largest[0].added + largest[0].removed)
    lines: list[Line] = [BLANK]
    room = max(8, width - _BAR - 14)
    for file in largest[:_FILES]:
        whole = file.added + file.removed
        cells = -(-whole * _BAR // most)
        added = round(cells * file.added / whole) if whole else 0
        counts = f"+{file.added} -{file.removed}" if whole else "no lines"
        lines.append(
            (
                (fit(show(file.path, limit=400), room), "text"),
                (f" {counts:>12} ", "muted"),
                ("█" * added, "added"),
                ("█" * (cells - added), "removed"),
            )
        )
    if revision.size.files > _FILES:
        lines.append(line(f"and {revision.size.files - _FILES} more files", "muted"))
    return lines


def _telling(requirements: Sequence[Requirement]) -> list[Requirement]:
    """What is not met first; what does not apply is left out."""
    found = [r for r in requirements if r.state is not RequirementState.NOT_APPLICABLE]
    return sorted(found, key=lambda r: r.state is RequirementState.MET)
