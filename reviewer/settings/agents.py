"""Names the branches that are by agents where nobody says otherwise, and the keys that say otherwise."""

from __future__ import annotations

from typing import Final

AGENT_PREFIXES: Final = (
    "agent/",
    "agents/",
    "ai/",
    "aider/",
    "amp/",
    "claude/",
    "codex/",
    "copilot/",
    "cursor/",
    "devin/",
    "gemini/",
    "jules/",
    "openhands/",
    "opencode/",
    "sweep/",
)
AGENTS_KEYS: Final = ("prefixes",)
