"""Tells what a path is: its language, whether it is a test, prose, an example, or steers agents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_LANGUAGE: Final = {
    **dict.fromkeys(("py", "pyi", "pyw"), "python"),
    **dict.fromkeys(("js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte"), "javascript"),
    **dict.fromkeys(("sh", "bash", "zsh", "ksh"), "shell"),
    **dict.fromkeys(("yml", "yaml"), "yaml"),
    **dict.fromkeys(("c", "h", "cc", "cpp", "hpp", "cxx"), "c"),
    **dict.fromkeys(("kt", "kts"), "kotlin"),
    **dict.fromkeys(("ex", "exs"), "elixir"),
    **dict.fromkeys(("tf", "hcl"), "terraform"),
    "go": "go",
    "rs": "rust",
    "java": "java",
    "rb": "ruby",
    "php": "php",
    "cs": "csharp",
    "swift": "swift",
    "scala": "scala",
    "sql": "sql",
    "json": "json",
    "toml": "toml",
}
_COMMENT: Final = {
    **dict.fromkeys(("python", "shell", "yaml", "ruby", "toml", "elixir", "terraform"), ("#",)),
    **dict.fromkeys(
        ("javascript", "c", "go", "rust", "java", "kotlin", "csharp", "swift", "scala"), ("//", "/*", "*/", "* ")
    ),
    "php": ("//", "#", "/*", "*/", "* "),
    "sql": ("--", "/*"),
}
_PROSE: Final = re.compile(
    r"\.(md|mdx|rst|txt|adoc|org|tex)\Z|(^|/)(CHANGELOG|NEWS|AUTHORS|README)[^/]*\Z", re.IGNORECASE
)
_TEST: Final = re.compile(
    r"(^|/)(tests?|specs?|__tests__|testing|e2e)/|(^|/)(test_[^/]*|conftest)\.py\Z|[._-](test|tests|spec)\.[a-z]{1,4}\Z"
    r"|(Test|Tests|Spec|IT)\.(java|kt|cs|scala|php|swift)\Z|_test\.(go|exs|py|rb)\Z|_spec\.rb\Z"
)
_EXAMPLE: Final = re.compile(r"(^|/)(fixtures?|testdata|examples?|samples?|demos?|__snapshots__|docs?)/", re.IGNORECASE)
_AGENT: Final = re.compile(
    r"(^|/)(CLAUDE|AGENTS|GEMINI|AGENT)(\.local)?\.md\Z|(^|/)\.(claude|cursor|codex|gemini|windsurf|aider[^/]*)(/|\Z)"
    r"|(^|/)\.(cursorrules|windsurfrules|clinerules|mcp\.json)\Z|(^|/)\.github/(copilot-instructions\.md|instructions/)"
)
_PIPELINE: Final = re.compile(
    r"(^|/)\.github/workflows/[^/]+\.ya?ml\Z|(^|/)\.gitlab-ci[^/]*\.ya?ml\Z|(^|/)Jenkinsfile\Z|(^|/)\.circleci/"
    r"|(^|/)azure-pipelines[^/]*\.ya?ml\Z"
)


@dataclass(frozen=True, slots=True)
class Facets:
    """What is known of a file by its path alone."""

    language: str
    comments: tuple[str, ...]
    prose: bool
    test: bool
    example: bool
    agent: bool
    pipeline: bool


@lru_cache(maxsize=4096)
def facets(path: str) -> Facets:
    """The facets of a path, as git spells it."""
    name = path.rsplit("/", 1)[-1]
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    language = _LANGUAGE.get(suffix, "")
    if name.startswith("Dockerfile") or name == "Containerfile":
        language = "docker"
    elif name in ("Makefile", "Jenkinsfile", "justfile"):
        language = "shell"
    return Facets(
        language,
        _COMMENT.get(language, ("#",) if language == "docker" else ()),
        bool(_PROSE.search(path)),
        bool(_TEST.search(path)),
        bool(_EXAMPLE.search(path)),
        bool(_AGENT.search(path)),
        bool(_PIPELINE.search(path)),
    )
