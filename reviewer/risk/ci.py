"""Rules on pipelines: strangers' text in scripts, strangers' code with privileges, and privileges that grow.

What must stay true: the same value handed over through the environment is as it should be; what stands under `if:`,
`env:` or `with:` is not a script, except where the input is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.owners_of import same_owner
from reviewer.risk.subject import Hit, Line, Subject, hit, words
from reviewer.risk.table import C, H, M, News, other_side, rule, settled

_STRANGER: Final = re.compile(
    r"\$\{\{[^}\n]{0,200}\bgithub\.(?:event\.(?:issue|pull_request|comment|review(?:_comment)?|discussion|pages"
    r"|commits|head_commit|workflow_run|client_payload|sender|forkee|milestone|label"
    r"|check_suite)\b[\w.*\[\]'-]{0,80}?\.?(?:title|body|message|name|email|head_ref|head_branch|display_title|ref"
    r"|label|default_branch|page_name|login|description|html_url|homepage|data|text|command)\b|head_ref\b"
    r"|event\.client_payload[\w.]{0,60})"
    r"|\$\{\{[^}\n]{0,60}\b(?:steps|needs)\.[\w-]{1,60}\.outputs\.(?:title|body|comment|branch|message|head_ref"
    r"|pr_title|pr_body|changed_files|all_changed_files|files|labels?)\b"
    r"|\$\{\{[^}\n]{0,120}(?:toJSON\(\s*github(?:\.event)?\s*\)|github\.event\s*\}\})",
    re.IGNORECASE,
)
_SAFE_FIELD: Final = re.compile(
    r"github\.event\.pull_request\.(?:base\.\w+|head\.sha|number|merged|draft|id|user\.login)|pull_request\.number"
    r"|github\.event\.(?:sender|repository)\.(?:login|id|name|full_name|default_branch)|comment\.(?:id|user)"
    r"|\.html_url\b|\.default_branch\b", re.IGNORECASE)
_SCRIPT_KEY: Final = re.compile(
    r"^\s*(?:-\s+)?[\"']?(run|script|inline|inlineScript|prompt|direct_prompt|custom_instructions|system_prompt"
    r"|command|commands|cmd|args|shell|bash|pwsh|before_script|after_script|template|expression|message|claude_args"
    r"|query|entrypoint)[\"']?\s*:")
_DATA_KEY: Final = re.compile(
    r"^\s*(?:-\s+)?(env|if|with|concurrency|group|key|name|run-name|ref|repository|matrix|include|outputs|inputs"
    r"|default|title|body|labels|token|path|branch|variables)\s*:")
_ENVIRONMENT: Final = re.compile(r">>\s*[\"']?\$\{?\{?\s*(?:GITHUB_ENV|GITHUB_PATH|env\.GITHUB_ENV)")
_CHECKOUT_HEAD: Final = re.compile(
    r"ref\s*:\s*[\"']?\$\{\{[^}]{0,120}(?:github\.event\.pull_request\.head\.(?:sha|ref)|github\.head_ref"
    r"|github\.event\.workflow_run\.head_(?:sha|branch)|refs/pull/)|ref\s*:\s*[\"']?refs/pull/\$\{\{"
    r"|\bgh\s+pr\s+checkout\b|git\s+(?:fetch|checkout)\b[^\n]{0,100}(?:pull/|head\.(?:sha|ref)|head_ref|\$PR_)"
    r"|repository\s*:\s*\$\{\{\s*github\.event\.pull_request\.head\.repo", re.IGNORECASE)
_PRIVILEGED: Final = re.compile(
    r"^\s*(?:-\s*)?[\"']?(pull_request_target|workflow_run|issue_comment)\b"
    r"|\bon\s*:\s*\[?[^\n]{0,60}\b(?:pull_request_target|workflow_run|issue_comment)\b")

_INJECTS: Final = "puts text that a stranger chooses into a pipeline's script"

RULES: Final = (
    rule("gitlab-injection", "ci-injection", C,
        "ci_commit_message ci_merge_request_title ci_commit_title ci_commit_ref_name ci_merge_request_description "
        "ci_merge_request_source_branch_name ci_commit_branch ci_commit_description ci_commit_tag_message "
        "ci_commit_author gitlab_user_name ci_external_pull_request_source_branch_name",
         r"(?:\beval\b|\b(?:ba|z)?sh\s+-l?c\b|\bpython3?\s+-c|\bnode\s+-e|\bssh\b[^\n]{0,80}|\benvsubst\b"
         r"|\bperl\s+-e|\bsource\b)[^\n]{0,200}\$\{?CI_(?:COMMIT_(?:MESSAGE|TITLE|DESCRIPTION|BRANCH|REF_NAME"
         r"|TAG_MESSAGE|AUTHOR)|MERGE_REQUEST_(?:TITLE|DESCRIPTION|SOURCE_BRANCH_NAME)"
         r"|EXTERNAL_PULL_REQUEST_SOURCE_BRANCH_NAME)", _INJECTS, where="-prose"),
    rule("jenkins-injection", "ci-injection", C,
        "change_title change_branch change_author git_branch ghprb params env currentbuild ghprbpulltitle "
        "changelog change_fork change_author_display_name pull_request comment branch_name git_commit_message "
        "gitlabsourcebranch gitlabmergerequesttitle gitlabmergerequestdescription",
         r"\b(?:sh|bat|powershell|pwsh)\s*[( ]\s*(?:script\s*:\s*)?(?:\"{1,3}|\(\s*\"{1,3})[^\n]{0,300}\$\{?(?:env\."
         r"|params\.)?(?:CHANGE_(?:TITLE|BRANCH|AUTHOR\w*|FORK)|BRANCH_NAME|GIT_BRANCH|ghprb\w+"
         r"|gitlab(?:SourceBranch|MergeRequestTitle|MergeRequestDescription\w*)|COMMENT\w*|PR_(?:TITLE|BODY)"
         r"|currentBuild\.\w+|params\.\w+)", _INJECTS, where="-prose", languages="groovy"),
    rule("azure-injection", "ci-injection", C, "sourceversionmessage sourcebranchname sourcebranch pullrequest requestedfor system build",
         r"\$\(\s*(?:Build\.(?:SourceVersionMessage|SourceBranchName|SourceBranch|RequestedFor)"
         r"|System\.PullRequest\.(?:SourceBranch|SourceRepositoryURI|Title))\s*\)",
         _INJECTS, where="pipeline", check=lambda file, line, found: not re.match(r"\s*(?:-\s+)?(?!script|bash|pwsh|powershell|inline)\w[\w.]*\s*:\s*[\"']?\$\([^)]{1,60}\)[\"']?\s*$", line.text) and not re.search(r"condition\s*:|eq\(|startsWith", line.text)),
    rule("circle-injection", "ci-injection", C, "pipeline",
        r"(?:command|run)\s*:[^\n]{0,200}<<\s*pipeline\.(?:git\.branch|parameters\.\w+|trigger_parameters[\w.]{0,60}"
        r"|git\.tag)\s*>>|eval[^\n]{0,80}<<\s*pipeline|^\s+[^\n:]{0,200}<<\s*pipeline\.(?:git\.branch"
        r"|trigger_parameters[\w.]{0,60})\s*>>", _INJECTS, where="pipeline"),
    rule("ci-write-all", "ci-privilege", H,
        "permissions write reviews",
        r"permissions\s*:\s*[\"']?write-all|default_workflow_permissions[\"']?\s*[:=]\s*[\"']?write"
        r"|can_approve_pull_request_reviews[\"']?\s*[:=]\s*[\"']?true",
        "lets the pipeline's token write everywhere", where="-prose"),
    rule("ci-secrets", "ci-privilege", H, "inherit tojson secrets secret withcredentials printenv echo persistcredentials persist env",
        r"\bsecrets\s*:\s*[\"']?inherit\b|toJSON\(\s*secrets\s*\)|\bsecrets\[\s*(?:github|inputs|matrix)"
        r"|\bpersistCredentials\s*:\s*true", "hands the pipeline's secrets on", where="pipeline", check=lambda file, line, found: _inherits(file, line)),
    rule("ci-secret-shown", "ci-privilege", H, "secrets secret",
        r"(?:\becho\b|\bprintf\b|\bprint\b|\bcat\b|\bbase64\b|\bxxd\b|\brev\b|\btee\b|\bcurl\b|\bwget\b"
        r"|\bnc\b)[^\n]{0,200}\$\{\{\s*secrets\.(?!GITHUB_TOKEN\b)\w+\s*\}\}(?![^\n]{0,120}\|\s*(?:docker login"
        r"|gh auth|npm|base64\s+(?:-d|--decode)|gpg|helm|podman|az |oc login|tr|sudo|kubectl))",
        "writes a secret where others can read it", where="pipeline", unless=
            r"--password-stdin|>\s*[\"']?(?:~|\.|\$|/)?[\w./$~-]{1,60}|Authorization|-H\s|--header|-u\s|>>"
            r"|::add-mask"),
    rule("ci-unsecure", "ci-privilege", H,
        "actions_allow_unsecure_commands unsecure actions_runner_debug self hosted allow_fork ci_job_token "
        "step_debug actions_step_debug",
        r"ACTIONS_ALLOW_UNSECURE_COMMANDS[\"']?\s*[:=]\s*[\"']?true|ALLOW_UNSECURE_STOPCOMMANDS", "brings back commands that let output change the pipeline", where="pipeline"),
    rule("ci-persist", "ci-privilege", M, "persist", r"persist-credentials\s*:\s*[\"']?true", "leaves the token in the checkout for every later step", where="pipeline", was=r"persist-credentials\s*:\s*[\"']?false"),
    rule("ci-protected-off", "ci-privilege", H,
        "protected masked protected_branches deployment_branch_policy wait_timer reviewers required_reviewers "
        "prevent_self_review",
        r"\b(?:protected|masked|protected_branches|prevent_self_review)[\"']?\s*[:=]\s*[\"']?false"
        r"|wait_timer[\"']?\s*[:=]\s*0\b",
        "takes a protection off a variable, branch or environment", where="-prose -test -example", was=r"true|[1-9]", near=r"variable|environment|branch|key|CI|deploy", reach=8),
    rule("ci-context", "ci-privilege", H, "context", r"^\s*-?\s*context\s*:\s*\[?\s*[\w-]{0,40}(?:prod|org-global|deploy|aws|secrets|release)", "gives a job the secrets of another", where="pipeline", languages="yaml"),
)  # fmt: skip

_USES: Final = re.compile(r"^\s*(?:-\s+)?uses\s*:\s*[\"']?([\w.-]{1,60})/([\w./-]{1,100})@([\w./-]{1,100})")
_FIRST: Final = frozenset({"actions", "github", "docker", "azure", "aws-actions", "google-github-actions", "hashicorp"})
_FLOATING: Final = re.compile(
    r"\A(?:main|master|head|latest|dev|develop|trunk|stable|next|edge|canary|release|releases/[\w.]+|HEAD|nightly"
    r"|v?\d*-?beta)\Z", re.IGNORECASE)
_SHA: Final = re.compile(r"\A[0-9a-f]{40}\Z")
_SCOPE: Final = re.compile(
    r"^\s*(?:-\s+)?[\"']?(actions|attestations|checks|contents|deployments|discussions|id-token|issues|packages"
    r"|pages|pull-requests|repository-projects|security-events|statuses|models|administration|workflows|members"
    r"|organization-[\w-]+|id_tokens|secrets)[\"']?\s*:\s*[\"']?(write|admin)\b")
_ONE_LINE: Final = re.compile(r"permissions\s*:\s*\{[^}\n]{0,200}\b([\w-]+)\s*:\s*write")
_GUARD: Final = re.compile(
    r"^\s*(?:-\s+)?(?:environment\s*:|needs\s*:|if\s*:[^\n]{0,200}(?:github\.(?:ref|actor|repository|event_name"
    r"|event\.pull_request\.head\.repo|event\.\w+\.author_association|event\.pull_request\.merged|ref_name"
    r"|event\.sender)|CI_COMMIT_(?:BRANCH|REF|TAG)|CI_PIPELINE_SOURCE|Build\.SourceBranch|author_association)"
    r"|when\s*:\s*manual|type\s*:\s*approval|only\s*:|rules\s*:|protected\s*:\s*true|resource_group\s*:"
    r"|condition\s*:|branches\s*:\s*\{?\s*only|persist-credentials\s*:\s*false|permissions\s*:|-\s*if\s*:|except\s*:"
    r"|filters\s*:|requires\s*:|reviewers\s*:|allow_failure\s*:\s*false|-\s*hold\b"
    r"|-\s*(?:main|master|production)\s*$|trigger\s*:\s*manual|environment_url)"
    r"|^\s*(?:input\s*[({\"']|input\s+message|timeout\s*\([^\n]{0,60}\)\s*\{?\s*input|when\s*\{"
    r"|branch\s+['\"](?:main|master|production)|submitter\s*[:=])"
)  # fmt: skip
_SHIPS: Final = re.compile(r"deploy|release|publish|prod|ship|upload|push|apply|promote|rollout", re.IGNORECASE)


def ci(file: Subject, news: News) -> Iterator[Hit]:
    """Hits that need to know where in a pipeline a line stands."""
    if not file.facets.pipeline:
        return
    privileged = any(_PRIVILEGED.search(line.code) for line in file.lines if line.kind != "-")
    for line in file.added:
        code = line.code
        if "${{" in code and (found := _STRANGER.search(code)) and not news.moved("ci-injection", line, file) and not any(found[0] in each.code and any(_injected(file, each)) for each in other_side(file, line)):
            yield from _injected(file, line)
        if "ref" in code and _CHECKOUT_HEAD.search(code) and privileged:
            yield hit("ci-untrusted-code", "ci-injection", Severity.CRITICAL, line, "runs a stranger's code with the rights of this repository")
        yield from _trigger(file, line)
        yield from _uses(file, line)
        yield from _scope(file, line, news)
        if "runs-on" in code and "self-hosted" in code and any(re.search(r"^\s*pull_request\b|on:[^\n]{0,60}pull_request", each.code) for each in file.lines) and other_side(file, line):
            yield hit("ci-self-hosted", "ci-privilege", Severity.HIGH, line, "runs strangers' code on machines of our own", against=other_side(file, line)[0])
    for line in file.removed:
        yield from _guard(file, line, news)


def _injected(file: Subject, line: Line) -> Iterator[Hit]:
    found = _STRANGER.search(_SAFE_FIELD.sub("", line.code))
    if not found:
        return
    key = _SCRIPT_KEY.match(line.code)
    data = _DATA_KEY.match(line.code)
    parents = list(file.parents(line))
    nearest = next((above for above in parents if re.match(r"\s*(?:-\s+)?[\w-]+\s*:", above.code)), None)
    inside = bool(nearest is not None and _SCRIPT_KEY.match(nearest.code) and re.search(r"[|>][-+\d]*\s*$|:\s*$", nearest.code))
    under_env = any(re.match(r"\s*(?:-\s+)?(?:env|concurrency|outputs)\s*:", above.code) for above in parents[:1])
    if (under_env and not inside) or (data and not inside and data[1] in ("env", "if", "concurrency", "group", "key", "name", "run-name", "ref", "repository")):
        return
    prompt = bool((key and key[1] in ("prompt", "direct_prompt", "custom_instructions", "system_prompt")) or (nearest is not None and re.match(r"\s*(?:-\s+)?(?:prompt|direct_prompt|custom_instructions|system_prompt)\s*:", nearest.code)))
    plain = re.match(r"\s*(?:-\s+)?[\w.-]+\s*:\s*[\"']?\$\{\{[^}]*\}\}[\"']?\s*$", line.code)
    if key or inside or _ENVIRONMENT.search(line.code) or (nearest is None and not plain and not data):
        message = "puts text that a stranger chooses into an agent's prompt" if prompt else _INJECTS
        yield hit("ci-injection", "ci-injection", Severity.CRITICAL, line, message)


def _trigger(file: Subject, line: Line) -> Iterator[Hit]:
    if ("pull_request_target" in line.code and re.match(r"\s*(?:-\s*)?(?:on\s*:\s*\[?[^\n]{0,60})?pull_request_target\b", line.code.replace("on: ", ""))) or re.search(r"on\s*:\s*\[?[^\n]{0,60}\bpull_request_target\b", line.code):
        heads = any(_CHECKOUT_HEAD.search(each.code) for each in file.lines if each.kind != "-")
        was = any(re.search(r"\bpull_request\b(?!_target)", each.code) for each in file.removed)
        if heads:
            yield hit("ci-untrusted-code", "ci-injection", Severity.CRITICAL, line, "runs a stranger's code with the rights of this repository")
        elif was and any("checkout" in each.code or re.search(r"run\s*:", each.code) for each in file.lines if each.kind != "-"):
            yield hit("ci-untrusted-trigger", "ci-injection", Severity.HIGH, line, "starts on strangers' pull requests with the rights and secrets of this repository")


def _uses(file: Subject, line: Line) -> Iterator[Hit]:
    found = _USES.match(line.text)
    if not found or found[1] in ("actions", "github") or found[0].find("dtolnay/rust-toolchain") >= 0:
        return
    before = next((m for each in other_side(file, line) if (m := _USES.match(each.text)) and (m[1], m[2]) == (found[1], found[2])), None)
    if _FLOATING.match(found[3]):
        if before is not None and _FLOATING.match(before[3]):
            return
        # Workflows of its own organisation are what a repository takes from a branch on purpose.
        known = before is None and ("/.github/workflows/" in f"/{found[2]}" or _runs_from(file, found[1]))
        yield hit("ci-floating", "ci-privilege", Severity.MEDIUM if known else Severity.HIGH, line, "runs an action of others from a branch: they can change what runs here at any time", f"floating {found[1]}/{found[2]}")
    elif before is not None and _SHA.match(before[3]) and not _SHA.match(found[3]):
        yield hit("ci-unpinned", "ci-privilege", Severity.HIGH, line, "takes the pin off an action of others: they can change what runs here at any time", f"floating {found[1]}/{found[2]}", against=other_side(file, line)[0])
    elif before is None and any((m := _USES.match(each.text)) and m[1] in _FIRST and m[2].split("/")[0] == found[2].split("/")[0] and found[1] not in _FIRST for each in other_side(file, line)):
        yield hit("ci-foreign", "ci-privilege", Severity.HIGH, line, "replaces a well-known action by somebody else's of the same name")


def _runs_from(file: Subject, owner: str) -> bool:
    """Whether the file ran something of this owner before."""
    return any(each.kind != "+" and (found := _USES.match(each.text)) and found[1] == owner and found[1] not in _FIRST for each in file.lines)


def _inherits(file: Subject, line: Line) -> bool:
    """Whether secrets are handed to what is not the repository's own and did not run here before."""
    if "inherit" not in line.code:
        return True
    called = next((each for each in [*reversed(file.around(line, 8, 0)[:-1]), *file.around(line, 0, 6)[1:]] if re.match(r"\s*uses\s*:", each.code) and each.indent == line.indent), None)
    if called is None or called.kind != "+" or re.match(r"\s*uses\s*:\s*[\"']?\./", called.code):
        return called is None or called.kind != "+"
    found = _USES.match(called.text)
    had = any(each.kind != "+" and re.match(r"\s*secrets\s*:\s*[\"']?inherit", each.code) for each in file.lines)
    return not (had and found is not None and _runs_from(file, found[1]))


# What a token may do with these reaches beyond the conversation: code, packages, other systems, who may do what.
_FAR: Final = re.compile(r"\A(?:contents|packages|id-token|id_tokens|administration|workflows|members|secrets|organization-.*)\Z")


def _scope(file: Subject, line: Line, news: News) -> Iterator[Hit]:
    found = _SCOPE.match(line.code) or _ONE_LINE.search(line.code)
    if not found or file.new:
        return
    if _SCOPE.match(line.code) and not any(re.match(r"\s*permissions\s*:", above.code) for above in [*file.parents(line), *file.around(line, 8, 0)]):
        return
    before = [each for each in other_side(file, line) if found[1] in each.code]
    if any(re.search(rf"{found[1]}[\"']?\s*:\s*[\"']?write", each.code) for each in before):
        return
    # A permission that moves from the whole pipeline to the one job that needs it is narrower than before.
    narrowed = any((re.search(rf"{re.escape(found[1])}[\"']?\s*:\s*[\"']?write", each.code) and each.indent <= line.indent) or "write-all" in each.code for each in file.removed)
    if narrowed:
        return
    block = next((above for above in [*file.parents(line), line] if re.match(r"\s*permissions\s*:", above.code)), None)
    fresh = block is not None and block.kind == "+" and not any(re.match(r"\s*permissions\s*:", each.code) for each in file.removed)
    severity = Severity.HIGH if _FAR.match(found[1]) or before else Severity.LOW if fresh else Severity.MEDIUM
    yield hit("ci-scope", "ci-privilege", severity, line, f"lets the pipeline's token write {found[1]}", f"scope {found[1]}", against=before[0] if before else None)


def _guard(file: Subject, line: Line, news: News) -> Iterator[Hit]:
    """A condition, approval or environment that a job had; moved ones and replaced ones are not gone."""
    if not _GUARD.match(line.code) or file.gone or (news.stands(line.text, "+") and not any(words(each.text) == words(line.text) and not same_owner(file, line, file, each) for each in file.added)):
        return
    key = re.match(r"\s*(?:-\s+)?([\w-]+)", line.code)
    word = key[1] if key else ""
    if word in ("needs", "requires", "only", "rules", "filters", "except", "condition", "reviewers", "trigger", "branch", "main", "master", "production", "when", "hold", "input", "submitter", "timeout", "resource_group", "if", "environment", "type", "protected", "persist-credentials", "permissions", "allow_failure", "branches", "environment_url"):
        replaced = [each for each in other_side(file, line) if re.match(rf"\s*(?:-\s+)?{re.escape(word)}\b", each.code)]
    else:
        replaced = []
    stays = any(each.kind == " " and each.text.strip() for each in file.around(line, 3, 3, " -"))
    if not stays:
        return
    holder = next(file.parents(line), None)
    if holder is not None and holder.kind == "-" and not file.against(holder) and word not in ("-", ""):
        return  # the job goes, and its guard with it
    if word == "permissions":
        block = line.text.strip().endswith(":") or "read" in line.text or "{}" in line.text
        if block and not replaced and not any(re.match(r"\s*permissions\s*:", each.code) for each in file.added):
            yield hit("ci-permissions-removed", "ci-privilege", Severity.HIGH, line, "takes away the limits of the pipeline's token: it falls back to the default, which may write")
        return
    if word == "persist-credentials":
        if not replaced:
            yield hit("ci-persist", "ci-privilege", Severity.MEDIUM, line, "leaves the token in the checkout for every later step")
        return
    around = "\n".join(each.text for each in file.around(line, 8, 10, " -"))
    if not _SHIPS.search(around + file.path) and word not in ("input", "hold"):
        return
    if word == "if" and replaced:
        if any(_GUARD.match(each.code) for each in replaced):
            return
    elif replaced and (word not in ("when", "needs", "requires") or any(_same_guard(line, each) for each in replaced)):
        return
    if word in ("needs", "requires", "only", "rules", "filters", "except", "condition", "branches") and not re.search(r"deploy|release|publish|prod|ship|promote|apply", around, re.IGNORECASE):
        return
    if word in ("main", "master", "production") and (not re.search(r"only\s*:|branches\s*:", around) or any(word in each.code for each in other_side(file, line))):
        return
    severity = Severity.HIGH
    at, against = settled(file, line)
    yield hit("ci-guard-removed", "ci-privilege", severity, at, "takes away what held a job that ships: a condition, an approval or an environment", f"guard {word}", against=against)


def _same_guard(line: Line, other: Line) -> bool:
    before, after = set(re.findall(r"[\w-]+", line.code)), set(re.findall(r"[\w-]+", other.code))
    return before <= after or (("manual" in line.code) == ("manual" in other.code) and words(line.code) != words(other.code) and len(after) >= len(before))
