"""Tells a file's language by its name, without asking installed plug-ins: the name of Pygments' lexer for it.

The table saves reading the patterns of every lexer for the usual files; the rest is looked up among them.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final

from pygments.lexer import Lexer
from pygments.lexers import find_lexer_class, get_all_lexers

_TABLE: Final = """
Python: py pyi pyw; JavaScript: js mjs cjs; JSX: jsx; TypeScript: ts mts cts; TSX: tsx; Go: go; Rust: rs; C: c h
C++: cc cpp cxx hh hpp hxx ipp; C#: cs; Java: java; Kotlin: kt kts; Scala: scala sbt; Swift: swift; Dart: dart
Ruby: rb rake gemspec Gemfile Rakefile; PHP: php; Perl: pl pm; Lua: lua; Elixir: ex exs; Erlang: erl hrl
Haskell: hs; OCaml: ml mli; Clojure: clj cljs; Julia: jl; Zig: zig; Nix: nix; Objective-C: m mm; S: r
Bash: sh bash zsh ksh bashrc zshrc profile envrc PKGBUILD; Fish: fish; PowerShell: ps1 psm1; Batchfile: bat cmd
SQL: sql; HTML: html htm; Vue: vue; CSS: css; SCSS: scss; Sass: sass; LessCss: less; XML: xml svg xsd xsl plist
JSON: json json5 jsonl ipynb webmanifest; YAML: yaml yml; TOML: toml Cargo.lock poetry.lock uv.lock Pipfile
INI: ini cfg conf editorconfig gitconfig gitmodules; Properties: properties; Markdown: md markdown
reStructuredText: rst; TeX: tex sty; Diff: diff patch; Docker: dockerfile Dockerfile Containerfile
Makefile: mk Makefile makefile GNUmakefile; CMake: cmake CMakeLists.txt; Meson: meson.build
Groovy: groovy gradle Jenkinsfile; Terraform: tf tfvars hcl; Protocol Buffer: proto; GraphQL: graphql gql
Solidity: sol; Text only: txt
"""
LEXERS: Final[dict[str, str]] = {
    ending: language.strip()
    for row in _TABLE.strip().replace("\n", ";").split(";")
    for language, _, endings in [row.partition(": ")]
    for ending in endings.split()
}
"""Pygments' name of a lexer by a file's whole name or by what follows the last dot of it."""
_SHEBANG: Final = re.compile(r"#!.{0,100}?\b(python|bash|sh|zsh|node|ruby|perl)[\d.]*\b")
_INTERPRETERS: Final = {"python": "py", "node": "js", "ruby": "rb", "perl": "pl"}


@lru_cache(maxsize=256)
def language(name: str) -> str | None:
    """The name of the lexer for a file's name without folders; None where there is none."""
    ending = name.rsplit(".", 1)[-1] if "." in name else ""
    known = LEXERS.get(name) or LEXERS.get(ending) or LEXERS.get(ending.lower())
    if known is not None:
        return known
    for lexer, _, patterns, _ in get_all_lexers(plugins=False):
        if any(fnmatchcase(name, pattern) for pattern in patterns):
            return lexer
    return LEXERS.get(name.split(".", 1)[0])  # Dockerfile.dev


def lexer_for(name: str, beginning: str = "") -> Lexer | None:
    """A lexer by a file's name, else by the interpreter that the first line of its text names."""
    known = language(name)
    if known is None:
        match = _SHEBANG.match(beginning)
        known = LEXERS[_INTERPRETERS.get(match[1], "sh")] if match else None
    if known is None or known == "Text only":
        return None
    found = find_lexer_class(known)
    return found(stripnl=False, ensurenl=False) if found is not None else None
