"""Rules on checks that ran and that nothing in the change runs any more: steps, scanners, whole pipelines.

What must stay true: a step that moved to another job, file or script is not gone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.checks import CHECK, OUTPUT_PATH, SCAN_ACTION
from reviewer.risk.subject import Hit, Subject, hit
from reviewer.risk.table import News, other_side, settled

_RUNS: Final = re.compile(
    r"^\s{0,80}(?:-\s*)?(?:run\s*:\s*|script\s*:\s*|-\s*|command\s*:\s*|sh\s*\(?\s*[\"']|bat\s*[\"']|RUN\s+|\t@?"
    rf"|bash\s*:\s*|uses\s*:\s*)?[^\n#]{{0,60}}?(?<![\w/.-])({CHECK})\b")

_TRIGGER: Final = re.compile(
    r"^\s*(?:-\s*)?[\"']?(pull_request|push|merge_group|merge_requests?|pull_requests?|schedule|pr"
    r"|merge_request_event)[\"']?\s*:?\s*(?:\[|$|\{|branches)")


# Lines that name a check and run none.
_NO_RUN: Final = re.compile(r"^\s*(?:-\s*)?(?:name|id|key|if|needs|description|stage|image|path|title|cache\w*)\s*:|\b(?:echo|printf)\b|\b(?:pip3?|npm|yarn|pnpm|gem|apt(?:-get)?|brew|cargo|go)\s+(?:install|add|i)\b|--(?:version|help)\b")


def across(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on checks that ran and now run nowhere in the change."""
    watched = [file for file in files if _watched(file)]
    came = "\n".join(line.code for file in watched for line in file.added)
    tools = {_tool(found[1]) for line in came.split("\n") if not _NO_RUN.search(line[:500]) and (found := _RUNS.search(line[:500]))}
    for file in files:
        if file.facets.prose or file.facets.example:
            continue
        if file.gone:
            if file.facets.pipeline and re.search(r"codeql|security|scan|test|lint|ci\b|check|audit", file.path, re.IGNORECASE) and any(_RUNS.search(line.code) or SCAN_ACTION.search(line.code) for line in file.removed) and not all(_tool(found[1]) in tools for line in file.removed if (found := _RUNS.search(line.code))):
                yield file, hit("pipeline-deleted", "check-weakened", Severity.HIGH, file.removed[0], "deletes a pipeline that ran checks")
            elif re.search(
                r"(?:^|/)(?:dependabot\.ya?ml|renovate\.json5?|\.renovaterc\S*|CODEOWNERS|\.pre-commit-config\.yaml"
                r"|\.husky/(?:pre-commit|pre-push|commit-msg)|codecov\.ya?ml|\.gitleaks\.toml"
                r"|sonar-project\.properties|\.golangci\.ya?ml|lefthook\.ya?ml|SECURITY\.md|mypy\.ini|\.bandit"
                r"|\.semgrep\.ya?ml|lychee\.toml|\.flake8)\Z",
                file.path) and not any(other.new and other.path.rsplit("/", 1)[-1].split(".")[0] == file.path.rsplit("/", 1)[-1].split(".")[0] for other in files):
                yield file, hit("check-deleted", "check-weakened", Severity.HIGH, file.removed[0] if file.removed else None, "deletes what told a check or a reviewer to look")
            continue
        if file.facets.pipeline:
            yield from ((file, each) for each in _triggers(file))
        if _watched(file) and file.removed:
            yield from ((file, each) for each in _dropped(file, tools, came))


_WATCHED: Final = re.compile(
    r"(?:^|/)(?:Makefile|package\.json|tox\.ini|noxfile\.py|justfile|Taskfile\.ya?ml|lefthook\.ya?ml|composer\.json"
    r"|Rakefile|Dockerfile|\.pre-commit-config\.yaml)\Z|(?:^|/)\.husky/|(?:^|/)(?:ci|scripts?)/[\w./-]*\.sh\Z"
    r"|(?:^|/)\.ci/|(?:^|/)(?:ci|check|test|lint|verify|build)\.sh\Z")


def _watched(file: Subject) -> bool:
    """Whether a file says what is checked and when."""
    return not file.facets.prose and (file.facets.pipeline or bool(_WATCHED.search(file.path)))


def _tool(command: str) -> str:
    """The part of a command that says which check it is."""
    words_of = re.sub(r"^(?:npx|bundle exec|poetry run|uv run|pnpm|yarn|npm|bun)\s+(?:run\s+|exec\s+)?", "", command.strip().lower())
    return words_of.split("[")[0].strip()


def _dropped(file: Subject, tools: set[str], came: str) -> Iterator[Hit]:
    ran = "\n".join(line for line in came.split("\n") if not _NO_RUN.search(line[:500]))
    for line in file.removed:
        code = line.code
        action = SCAN_ACTION.search(code)
        if action:
            name = action[0].split("/")[0].split()[-1]
            if name not in came and not any(re.search(re.escape(name), x.code) for x in file.lines if x.kind == " ") and any(each.kind == " " for each in file.lines):
                yield hit("scanner-removed", "check-weakened", Severity.HIGH, line, "drops a scanner from the pipeline", against=next(iter(other_side(file, line)), None))
                return
            continue
        found = _RUNS.search(code)
        if not found or (re.search(r"\b(?:install|add|version|--help|cache|setup-|pip)\b", code[: found.end() + 12]) and "audit" not in found[1]) or re.match(r"\s*(?:-\s*)?(?:name|id|key|if|needs|description|stage|image|path|title)\s*:", code):
            continue
        tool = _tool(found[1])
        if tool in tools or any(tool.split()[0] in other.split() and len(tool) > 3 for other in tools) or (re.search(rf"(?<![\w-]){re.escape(tool.split()[-1])}(?![\w-])", ran) and len(tool.split()[-1]) > 3):
            continue
        still = any(each.kind == " " and tool in each.code.lower() and not re.match(r"\s*(?:-\s*)?name\s*:", each.code) for each in file.lines)
        commented = any(not each.code.strip() and tool in each.text.lower() for each in other_side(file, line))
        if (still and not commented) or not any(each.kind == " " for each in file.lines):
            continue
        hollow = next((each for each in other_side(file, line) if re.search(r"\becho\b|exit 0|\btrue\b|[\"']\s*:\s*[\"'][\"']|:\s*$", each.code)), None)
        if other_side(file, line) and hollow is None and (re.search(CHECK, "\n".join(x.code for x in other_side(file, line))) or not file.facets.pipeline):
            continue
        at, against = (hollow, line) if hollow else settled(file, line)
        yield hit("check-removed", "check-weakened", Severity.HIGH, at, "drops a check that ran: nothing in the change runs it instead", against=against)
        return


def _triggers(file: Subject) -> Iterator[Hit]:
    """What starts a pipeline of checks, and no longer does."""
    text = "\n".join(line.text for line in file.lines if line.kind != "-")
    if not re.search(CHECK + r"|\b(?:test|lint|check|ci|scan|codeql)\b", text + file.path) or file.gone:
        return
    for line in file.removed:
        found = _TRIGGER.match(line.code) or re.match(r"\s*on\s*:\s*\[[^\]\n]{0,80}\b(pull_request|push|merge_group)\b", line.code)
        if found and not any(re.search(rf"^\s*(?:-\s*)?[\"']?{found[1]}\b|\bon\s*:[^\n]{{0,80}}\b{found[1]}\b|[\"']{found[1]}[\"']", each.code) for each in file.added) and not re.search(rf"^\s*(?:-\s*)?{found[1]}\b", "\n".join(x.code for x in file.lines if x.kind == " "), re.MULTILINE) and any(each.kind == " " for each in file.lines):
            if "pull_request_target" in "".join(x.code for x in file.added):
                continue
            if found[1] == "schedule" and not re.search(r"scan|audit|codeql|security", text + file.path):
                continue
            at, against = settled(file, line)
            yield hit("trigger-removed", "check-weakened", Severity.HIGH, at, f"no longer runs the checks on {found[1].replace('_', ' ')}", against=against)
            return
    for line in file.added:
        if re.match(r"\s*paths-ignore\s*:", line.code) and not re.search(r"codeql|scan", file.path):
            listed = [each for each in file.around(line, 0, 10)[1:] if re.match(r"\s*-\s", each.code)]
            inline = re.findall(r"[\"']([^\"']+)[\"']", line.code)
            product = [each for each in listed if not OUTPUT_PATH.search(each.code) and each.kind == "+"]
            if product or any(not OUTPUT_PATH.search(each) for each in inline):
                yield hit("trigger-narrowed", "check-weakened", Severity.HIGH, product[0] if product else line, "no longer runs the checks when product code changes")
                return
        elif re.match(r"\s*-\s*[\"']?[\w*./-]+/", line.code) and any("paths-ignore" in above.code for above in file.parents(line)) and not OUTPUT_PATH.search(line.code):
            yield hit("trigger-narrowed", "check-weakened", Severity.HIGH, line, "no longer runs the checks when product code changes")
            return
