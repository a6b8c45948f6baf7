"""Fills the panes beside a difference: files, findings, requirements, the agent's claim, the talk; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reviewer.model.comment import Comment
from reviewer.model.decision import Decision
from reviewer.model.detail import ChangeDetail, Revision
from reviewer.model.finding import Finding
from reviewer.model.requirement import Requirement
from reviewer.review.file_list import Entry
from reviewer.review.lines import BLANK, Line, age, line, paragraph, severity_style, width_of
from reviewer.review.preview import requirement_lines
from reviewer.review.remarks import comment_lines, finding_lines
from reviewer.text import cell_width, fit, show, show_lines


def finding_entries(findings: Sequence[Finding], scanned: bool, said: Mapping[str, str], width: int) -> list[Entry]:
    """The findings, highest first; the key is a finding's number. `said`: what people said of one, by fingerprint."""
    if not scanned:
        return [(None, [line("the risk scan is not complete yet", "run-waiting")])]
    if not findings:
        return [(None, [line("The scan found nothing.", "text"), line("Flags are a help, not a proof.", "muted")])]
    found: list[Entry] = []
    for n, finding in enumerate(findings):
        lines = finding_lines(finding, width)
        place = show(finding.file, limit=200) + (f":{finding.line}" if finding.line else "")
        where = place or f"in the run {show(finding.run, limit=60)}"
        # By this name the rule is turned off in reviewer.toml.
        by = f"  {show(finding.rule, limit=60)}" if finding.rule != finding.category else ""
        category = (finding.category, severity_style(finding.severity))
        lines.append((("    ", "text"), (f"{where}  ", "muted"), category, (by, "muted")))
        if finding.fingerprint in said:
            lines += paragraph(said[finding.fingerprint], width - 4, "claim", indent="    ")
        found.append((n, lines))
    return found


def requirement_entries(detail: ChangeDetail, acknowledged: Sequence[str], width: int) -> list[Entry]:
    """What the policy asks for; the key is a requirement's name."""
    lines: list[Entry] = [(None, [line("What an approval needs", "text bold"), BLANK])]
    for requirement in detail.requirements:
        lines.append((requirement.name, [*requirement_lines(requirement, width), *_asked_by(requirement, width)]))
    if detail.silent:
        many = f"{len(detail.silent)} rule{'s' if len(detail.silent) != 1 else ''} of the policy"
        said = f"{many} ask{'s' if len(detail.silent) == 1 else ''} nothing of it, and why: reviewer policy explain"
        lines.append((None, [BLANK, *paragraph(f"{said} {detail.change.change_id}", width, "muted")]))
    lines.append((None, [BLANK, *_facts(detail, width)]))
    return lines


def _asked_by(requirement: Requirement, width: int) -> list[Line]:
    """Who asks for it, why of this change, and who may waive it."""
    if not requirement.layer:
        return []
    rule = f'"{show(requirement.rule, limit=60)}", ' if requirement.rule else ""
    said = [f"{rule}{requirement.layer}, {show(requirement.source, limit=120)}"]
    said += [requirement.because] if requirement.because else []
    said += [f"also {show(other, limit=120)}" for other in requirement.also]
    if requirement.open and requirement.may_override:
        said.append("may be overridden by " + ", ".join(show(who, limit=40) for who in requirement.may_override))
    return [part for words in said for part in paragraph(words, width - 2, "muted", indent="  ")]


def _facts(detail: ChangeDetail, width: int) -> list[Line]:
    current = detail.current
    result = current.result_tree[:12] if current.result_tree else "none: it conflicts"
    facts = [
        ("revision", f"{current.number}, digest {current.digest[:16]}"),
        ("head", current.head[:16]),
        ("base", current.base[:16]),
        ("target", f"{show(detail.change.target, limit=60)} at {current.target_tip[:12]}"),
        ("result", f"tree {result}"),
    ]
    sources = dict.fromkeys(show(r.source, limit=80) for r in detail.requirements if r.source != "default")
    facts.append(("policy", ", ".join(sources) or "the built-in one"))
    if detail.owners:
        facts.append(("owners", ", ".join(show(owner, limit=60) for owner in detail.owners)))
    if detail.landed:
        facts.append(("landed", detail.landed[:16]))
    return [((f"{name:<10}", "muted"), (fit(value, max(10, width - 10)), "text")) for name, value in facts]


def claim_entries(revision: Revision, width: int) -> list[Entry]:
    """What the agent says, apart from what was observed."""
    head = [line("Claimed by the agent, not observed", "claim bold")]
    head += [line("3 shows what was observed, R runs it again.", "muted"), BLANK]
    if not revision.claim:
        return [(None, [*head, line("It says nothing.", "muted")])]
    lines: list[Line] = []
    for text in show_lines(revision.claim)[:5000]:
        lines.extend(paragraph(text, width, "claim"))
    return [(None, head + lines)]


def talk_entries(detail: ChangeDetail, drafts: Sequence[Comment], now: float, width: int) -> list[Entry]:
    """Decisions, comments and drafts; the key is ("comment" | "draft", number)."""
    found: list[Entry] = []
    for decision in detail.decisions:
        found.append((None, [*_decision_lines(decision, now, width), BLANK]))
    for kind, comments in (("comment", detail.comments), ("draft", drafts)):
        for n, comment in enumerate(comments):
            lines = comment_lines(comment, width, draft=kind == "draft")
            where = "on the change"
            if comment.anchor is not None:
                where = show(comment.anchor.file, limit=100) + (
                    f":{comment.anchor.start}" if comment.anchor.start else ""
                )
            told = "" if comment.revision_digest == detail.change.digest else ", on an earlier revision"
            about = f"{where}{told}, {age(now - comment.created_at)} ago"
            if width_of(lines[0]) + 2 + cell_width(about) <= width:
                lines[0] = (*lines[0], (f"  {about}", "muted"))
            else:
                lines[1:1] = paragraph(about, width - 2, "muted", indent="    ")
            found.append(((kind, n), [*lines, BLANK]))
    if not found:
        found.append(
            (None, [line("Nobody has said anything yet."), line("c comments on a line, C on the whole.", "muted")])
        )
    return found


def _decision_lines(decision: Decision, now: float, width: int) -> list[Line]:
    who = show(decision.reviewer, limit=40) + (", unattended" if decision.unattended else "")
    head: Line = (
        (f"{decision.verdict.value} ", "accent bold"),
        (f"by {who}, {age(now - decision.decided_at)} ago", "muted"),
    )
    lines: list[Line] = [head]
    for text in show_lines(decision.reason)[:100] if decision.reason else ():
        lines += paragraph(text, width - 2, indent="  ")
    why = {each.about: each.text for each in decision.reasons}
    for name in decision.overrides:
        said = f"overrides {show(name, limit=80)}: {show(why.get(name, decision.reason), limit=300)}"
        lines += paragraph(said, width - 2, "run-waiting", indent="  ")
    return lines
