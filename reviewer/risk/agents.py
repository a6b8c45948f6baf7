"""Rules on what steers coding agents: their files, their permissions, and text that talks to an AI reader.

What must stay true: honest guidance is not an attack; only words that override, hide, exfiltrate or approve are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import C, H, M, News, rule

_INSTRUCTIONS: Final = re.compile(
    r"(?:^|/)(?:CLAUDE|AGENTS?|GEMINI|QWEN|CRUSH|WARP|CODEX|COPILOT|SKILL|JULES|DEVIN)(?:\.local|\.override)?\.md\Z"
    r"|(?:^|/)\.?(?:cursor|windsurf|cline|roo|kilocode|continue|junie|trae|goose|ai)-?rules(?:-[\w-]{1,30})?(?:\.md"
    r"|\.mdc)?\Z|(?:^|/)\.(?:rules|roomodes|goosehints|augment-guidelines|replit\.md)\Z"
    r"|(?:^|/)\.github/(?:copilot-instructions\.md|instructions/|prompts/|chatmodes/|agents/|skills/|copilot/"
    r"|copilot-setup-steps\.ya?ml)|(?:^|/)\.github/workflows/copilot-setup-steps\.ya?ml\Z"
    r"|(?:^|/)\.(?:claude|cursor|codex|gemini|qwen|windsurf|clinerules|roo|kilocode|continue|junie|trae|augment|kiro"
    r"|amazonq|aiassistant|opencode|openhands|devin|factory|agents?|aider|goose|crush|tabnine|copilot|pearai"
    r"|zencoder|qodo|cody|rovodev|openclaw|claude-plugin|antigravity)(?:/|\Z)"
    r"|(?:^|/)\.aider(?:\.[\w.-]{1,40})\Z|(?:^|/)\.?mcp(?:[._-][\w-]{1,30})?\.json\Z"
    r"|(?:^|/)(?:opencode|crush|claude_desktop_config|cline_mcp_settings|mcp_config|mcp-config|goose|agent-config"
    r"|server\.mcp)\.jsonc?\Z"
    r"|(?:^|/)\.?opencode\.jsonc?\Z|(?:^|/)\.(?:pr_agent\.toml|coderabbit\.ya?ml|cursorignore|cursorindexingignore"
    r"|aiexclude|aiignore|claudeignore|geminiignore|codeiumignore)\Z"
    r"|(?:^|/)(?:airules|codex|copilot-instructions|replit)\.md\Z"
    r"|(?:^|/)(?:skills|commands|subagents|prompts)/[\w./-]{1,80}/SKILL\.md\Z|(?:^|/)\.zed/settings\.json\Z"
)
_MENTIONED: Final = re.compile(r"(?:^|/)(?:docs?|documentation|blog|articles?|website|fixtures|testdata)/(?:[^/]+/)*[A-Za-z-]+\.md\Z")
_EDITOR: Final = re.compile(r"(?:^|/)\.vscode/settings\.json\Z|\.code-workspace\Z|(?:^|/)devcontainer\.json\Z|(?:^|/)\.idea/")
_EDITOR_KEY: Final = re.compile(
    r"\"(?:chat\.(?:tools|agent|mcp|edits)[\w.]{0,60}|github\.copilot[\w.-]{0,80}|claude[\w.-]{1,60}|mcp(?:\.\w+)?"
    r"|mcpServers|cline\.\w+|roo-cline\.\w+|cursor\.[\w.]+|amazonQ\.\w+)\"\s*:", re.IGNORECASE
)
_GRANT: Final = re.compile(
    r"[\"']?(?:permissions?|allow(?:ed)?|allow(?:ed)?[-_]?(?:tools|commands|domains|paths)|always[-_]?allow"
    r"|auto[-_]?(?:approve|accept|run|execute|apply)\w*|yolo\w*|trust(?:ed)?\w*|bypass\w*"
    r"|default[-_]?mode|dangerous\w*|skip\w*prompt|approval[-_]?policy|sandbox[-_]?mode|sandbox\w*"
    r"|network[-_]?access|writable[-_]?roots|yes[-_]?always|auto[-_]?commits|suggest-shell-commands"
    r"|(?:pre|post)[-_]?tool[-_]?use|user[-_]?prompt[-_]?submit|session[-_]?start|stop|notification|hooks?"
    r"|mcp[-_]?servers?|enable\w*mcp\w*|servers|command|args|url|api[-_]?key[-_]?helper"
    r"|status[-_]?line|notify|env|additional[-_]?directories|\w+_BASE_URL|tools|chat\.tools\.\w+|autoApprove\w*"
    r"|core[-_]?tools|deny|ask|exclude[-_]?tools|disallowed[-_]?tools)[\"']?\s*[:=]"
    r"|^\s*\[(?:mcp_servers|sandbox\w*|hooks|permissions|profiles|features)[\w.\"-]{0,60}\]|\"Bash(?:\(|\")"
    r"|\"(?:mcp__|WebFetch|Edit|Write|Read)\b|^\s*(?:allowed-tools|tools|hooks|permissionMode)\s*:|dangerously"
    r"|--yolo\b|^\s*yes-always\s*:\s*true",
    re.IGNORECASE,
)
_CONFIG_FILE: Final = re.compile(r"\.(?:jsonc?|toml|ya?ml|sh|py|js|ts|mjs|ps1)\Z|(?:^|/)hooks/", re.IGNORECASE)
_FRONT: Final = re.compile(r"^\s*(?:allowed-tools|hooks|permissionMode|mcpServers|dangerously\w*|auto_?approve)\s*:", re.IGNORECASE)
_IGNORE_FILE: Final = re.compile(r"ignore\Z|\.aiexclude\Z")

_TO_AI: Final = (
    r"(?:AI|A\.I\.|LLMs?|(?:AI |coding |code |automated |review )?(?:assistants?|agents?)|copilot|claude|chatgpt"
    r"|gemini|codex|(?:AI|language|automated) (?:models?|reviewers?|bots?|systems?|tools?)|coding tools?"
    r"|summari[sz]ers?|review(?:er)? bots?)"
)

# What nobody asks of an honest reader, and what is an order only where people do not see it.
_STRONG_ORDER: Final = (
    r"approve (?:this|the|it|all|any)|merge (?:this|the|it)\b|lgtm"
    r"|do not (?:mention|report|flag|tell|disclose|reveal|comment|warn|review)"
    r"|don't (?:mention|report|flag|tell|disclose|reveal)|never (?:mention|report|flag|tell|disclose|reveal)"
    r"|without (?:asking|telling|mentioning|review)|keep (?:this|it) (?:confidential|secret|hidden|quiet)|secretly"
    r"|exfiltrat\w+|skip (?:the )?(?:review|security|this file)|no (?:issues|vulnerabilit\w+|problems|findings)"
    r"|already (?:been )?(?:reviewed|audited|approved)|safe to (?:merge|ignore|approve)"
    r"|mark (?:this|it|the) \w+ as (?:safe|approved|reviewed|resolved)"
    r"|(?:send|upload|post|print|include|paste|output) (?:the |your |all |any |its )*(?:contents? of )?(?:\.env"
    r"|env(?:ironment)?\b|secrets?|credentials?|tokens?|api keys?|ssh|~/|system prompt)|disregard|rate (?:this|it)"
    r"|give (?:this|it) (?:a )?(?:high|top|full|positive)"
)
_ORDER: Final = (
    r"silently|curl |wget |run (?:the |this )?(?:script|command|following|`)|execute"
    r"|skip (?:the )?(?:tests?|checks?|validation)|respond (?:only )?with|say that|disable|ignore|send |upload|POST "
)

RULES: Final = (
    rule("injection-override", "agent-injection", C,
        "instructions instruction rules prompt guidelines directives context guardrails policy messages policies "
        "constraints",
         r"\b(?:ignore|disregard|forget|override|bypass|drop|discard|set aside|stop following|do not follow"
         r"|don't follow)\b.{0,30}\b(?:all|any|every|your|the|previous|prior|above|earlier|preceding|other|safety"
         r"|system|these|those)\b"
         r".{0,30}\b(?:instructions?|rules|prompts?|guidelines|directives|guardrails|polic(?:y|ies)|constraints)\b"
         r"|\b(?:ignore|disregard|forget)\b.{0,20}\b(?:previous|prior|above|earlier|preceding"
         r"|system)\b.{0,20}\b(?:messages|context|text|input)\b",
         "tells an AI reader to set its instructions aside", where="", on="text",
         unless=
             r"[\"'`\u201c\u2018][^\"'`]{0,40}(?:ignore|disregard|forget|override)[^\"'`]{0,90}[\"'`\u201d\u2019]"
             r"|\b(?:such as|like|e\.g\.|detect|block|reject|refuse|filter|phrases?|pattern|attack|injection"
             r"|attempts?|malicious|never|must not|should not|example|warn|regex|compile|if .{0,30}says|lint|eslint"
             r"|tsc|compiler|git)\b",
         check=lambda file, line, found: not _defence(file, line)),
    rule("injection-role", "agent-injection", C, "system assistant developer admin dan now mode im inst",
         r"<\|im_start\|>|<\|system\|>|\[/?INST\]|<<SYS>>|</?system(?:[-_](?:prompt|message|override|reminder"
         r"|instruction))>|\[(?-i:SYSTEM|ADMIN|ASSISTANT|DEVELOPER)(?: (?:MESSAGE|NOTE|OVERRIDE|PROMPT"
         r"|INSTRUCTION)S?)?\s*:?\]"
         r"|\byou are (?:now|no longer)\b.{0,60}\b(?:mode|unrestricted|DAN|jailbroken|root|admin|bound|developer)\b"
         r"|\bnew (?:system )?instructions?\s*(?:for|from|:)"
         r"|^\W{0,12}(?:SYSTEM|DEVELOPER)(?: (?:NOTE|PROMPT|OVERRIDE|MESSAGE|INSTRUCTION))\s*:",
         "speaks to an AI reader in the voice of its system prompt", where="", on="text", check=lambda file, line, found: not _defence(file, line) and not _own_prompt(file)),
    rule("injection-order", "agent-injection", H,
        "ai llm llms assistant assistants agent agents copilot claude chatgpt gemini codex summarizer summariser "
        "automated coding bots+review bot+review language+model language+models",
         r"(?:\b(?:note|notes|message|instructions?|important|attention|hint|hey|dear|hello|reminder|directive|for"
         rf"|to|if you are|when you are|any|all|you are)\b[^.\n]{{0,60}}\b{_TO_AI}\b"
         rf"|(?:^|[^\w\s.])\s?{_TO_AI}\s?[:,]).{{0,160}}"
         rf"\b(?:{_STRONG_ORDER}|{_ORDER})\b",
         "gives orders to an AI reader: approve, hide, send or run", where="", on="text",
         check=lambda file, line, found: _hidden(file, line) or (bool(re.search(rf"\b(?:{_STRONG_ORDER})\b", found[0], re.IGNORECASE)) and not _steers(file) and not _defence(file, line) and not _own_prompt(file))),
    rule("injection-conceal", "agent-injection", H, "mention tell reveal disclose user users human humans operator developer reviewer reviewers",
         r"\b(?:do not|don't|never|without)\s+(?:mention|tell|telling|inform|informing|reveal|revealing|disclos\w+"
         r"|notify|notifying|alert\w*|mentioning|report\w*|show\w*|say\w*)\b.{0,50}\b(?:the )?(?:users?|humans?"
         r"|operator|developers?|maintainers?|reviewers?|anyone|owner)\b"
         r"|\b(?:keep|hide|conceal)\b.{0,30}\bfrom (?:the )?(?:users?|humans?|reviewers?|operator|maintainers?)\b",
         "tells the reader to hide something from people", where="", on="text",
         check=lambda file, line, found: (_steers(file) or _hidden(file, line)) and not _defence(file, line)),
    rule("injection-send", "agent-injection", C, "env environment secrets credentials token tokens keys ssh transcript conversation history",
         r"\b(?:send|post|upload|forward|append|paste|encode|exfiltrate|transmit|include|submit"
         r"|share)\b.{0,60}(?:\.env\b|\benvironment variables?|env vars?|secrets?|credentials?|api[ _-]?keys?"
         r"|access tokens?|ssh keys?|~/\.(?:ssh|aws)|conversation|transcript|chat history).{0,80}(?:https?://|\bto\b"
         r"|\bin (?:the|a|your) )",
         "asks for secrets or conversations to be sent on", where="", on="text",
         check=lambda file, line, found: (_steers(file) or _hidden(file, line)) and not _defence(file, line) and not re.search(r"\b(?:never|not|don't|avoid)\b", line.text[: found.start() + 1], re.IGNORECASE)),
    rule("injection-obey", "agent-injection", H, "always must before whenever every first",
         r"\b(?:always|must|before (?:answering|any|every|doing|starting|you)|whenever|on every|first"
         r"|after every)\b.{0,100}(?:\bcurl\b.{0,80}(?:\||https?://)|\bwget\b|\bbase64\b|--no-verify\b"
         r"|\bgit push --force|dangerously[-_]skip|\|\s*(?:ba)?sh\b|https?://[\w.-]+/[^\s]{0,80}\.sh\b|\bcollect\.sh"
         r"|(?:disable|skip|turn off|bypass)\w* (?:the )?(?:tests|checks|security|sandbox|hooks|signature|auth\w*"
         r"|tls|certificate|confirmation)"
         r"|without (?:asking|confirmation|telling|permission|approval))",
         "orders agents to run or skip what people would refuse", where="", on="text",
         check=lambda file, line, found: _steers(file) and not _defence(file, line)
         and not re.search(
             r"\b(?:never|do not|don't|must not|avoid|without (?:asking|permission|approval"
             r"|confirmation).{0,30}(?:never|not))\b", line.text, re.IGNORECASE)),
    rule("agent-flag", "agent-config", H, "dangerously yolo bypass auto approve approval permission permissions yes always allowed",
         r"--dangerously-skip-permissions\b|--dangerously-bypass-approvals-and-sandbox\b"
         r"|\b(?:gemini|codex|qwen|crush|opencode)\b[^\n]{0,120}\s--yolo\b"
         r"|--(?:permission-mode|approval-mode)[ =](?:bypassPermissions|yolo|auto_edit|acceptEdits)"
         r"|\bcodex\b[^\n]{0,120}(?:--full-auto|-a never|--ask-for-approval never|danger-full-access)"
         r"|\baider\b[^\n]{0,120}--yes-always|\ballow(?:ed)?[-_]?tools['\"]?\s*[:=]\s*['\"]?(?:\*|Bash\b(?!\())"
         r"|--allow-all-tools\b|--auto-approve-everything"
         r"|permissionMode['\"]?\s*[:=]\s*['\"]bypassPermissions"
         r"|chat\.tools\.(?:global\.)?autoApprove['\"]?\s*:\s*true",
         "lets an agent act without being asked", check=lambda file, line, found: not _INSTRUCTIONS.search(file.path) and not _EDITOR.search(file.path)),
)  # fmt: skip

_DEFENCE: Final = re.compile(
    r"prompt[ _-]?injection|jailbreak|injection (?:attack|attempt|detect|pattern)|guardrail"
    r"|(?:block|deny|suspicious|forbidden|malicious|attack)[ _-]?(?:list|phrases|patterns|inputs|prompts)|sanitiz"
    r"|red[ -]?team|owasp|adversarial|untrusted|detector|phrases?\b|patterns?\s*[:=]",
    re.IGNORECASE,
)
_PROMPTS: Final = re.compile(r"(?:^|/)(?:prompts?|system[-_]prompts?|llm|agents?|ai|instructions|templates)(?:/|[._-])|prompts?\.\w+\Z", re.IGNORECASE)


def _steers(file: Subject) -> bool:
    return bool(_INSTRUCTIONS.search(file.path))


def _guidance(file: Subject) -> bool:
    """An instruction file may say a good deal to agents in the open; other rules look at what it must not say."""
    return _steers(file)


def _own_prompt(file: Subject) -> bool:
    return bool(_PROMPTS.search(file.path)) and not file.facets.prose and not _steers(file)


def _defence(file: Subject, line: Line) -> bool:
    """Whether the words stand where such words are listed, explained or refused."""
    if _DEFENCE.search(file.path.replace("-", " ").replace("_", " ")):
        return True
    return any(_DEFENCE.search(each.text) for each in file.around(line, 6, 3))


def _hidden(file: Subject, line: Line) -> bool:
    """Whether people do not see the text where the file is rendered."""
    text = line.text
    return "<!--" in text or text.lstrip().startswith("[//]:") or "display:none" in text.replace(" ", "") or "font-size:0" in text.replace(" ", "") or (
        file.facets.prose and any("<!--" in each.text and "-->" not in each.text for each in file.around(line, 4, 0))
    )


def agents(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on files that steer agents."""
    if _EDITOR.search(file.path):
        line = next((each for each in file.added if _EDITOR_KEY.search(each.text)), None)
        if line is not None:
            yield hit("agent-config", "agent-config", Severity.HIGH, line, "changes in the editor what its agent may do or reach")
        return
    if not _INSTRUCTIONS.search(file.path) or (_MENTIONED.search(file.path) and not file.path.endswith(("AGENTS.md", "CLAUDE.md"))):
        return
    changed = [*file.added, *file.removed]
    if not changed and not file.diff.binary and file.diff.change.old_path == file.diff.change.new_path and not file.new:
        return
    grants = _grants(file)
    if grants:
        message = "changes what agents may do: permissions, hooks, commands or tool servers"
        near = grants[-1].at - grants[0].at <= 4
        yield hit("agent-grant", "agent-config", H, grants[0] if near else None, message)
        return
    shown = changed[0] if len(changed) == 1 else None
    yield hit("agent-config", "agent-config", M, shown, "changes what steers coding agents in this repository")


def _grants(file: Subject) -> list[Line]:
    """Lines that open or close doors for agents."""
    if _IGNORE_FILE.search(file.path):
        return []
    if "/hooks/" in file.path and not file.path.endswith(".md"):
        return list(file.added or file.removed)
    if _CONFIG_FILE.search(file.path):
        # Deleting keys counts as well: a deny list that goes is a door that opens.
        return [each for each in (*file.added, *(file.removed if not file.gone else ())) if _GRANT.search(each.text)] or (
            [each for each in file.added if _within_grant(file, each)]
        )
    return [each for each in file.added if _FRONT.match(each.text)]


def _within_grant(file: Subject, line: Line) -> bool:
    return any(_GRANT.search(above.text) for above in file.parents(line))
