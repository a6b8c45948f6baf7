"""Rules on what steers coding agents: their files and their permissions; text that talks to them is read elsewhere.

What must stay true: a document that only mentions such files, or product code of that name, is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.agent_text import agent_text
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import H, M, News, rule

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

RULES: Final = (
    rule("agent-flag", "agent-config", H,
        "dangerously yolo bypass auto approve approval permission permissions yes always allowed allow "
        "codex",
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

def _steers(file: Subject) -> bool:
    return bool(_INSTRUCTIONS.search(file.path))


def agents(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on files that steer agents, and on text that talks to them."""
    yield from agent_text(file, _steers(file), news)
    yield from _steering(file)


def _steering(file: Subject) -> Iterator[Hit]:
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
