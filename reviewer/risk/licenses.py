"""Rules on licences: their text, the field that names them, the identifier in a header, and code under another one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

_FILE: Final = re.compile(
    r"(?:^|/)(?:LICEN[SC]ES?|COPYING(?:\.LESSER)?|UNLICENSE|COPYRIGHT)(?:[._-][\w.-]{1,40})?\Z"
    r"|(?:^|/)LICENSES/(?!AUTHORS|README|CONTRIBUTORS)[^/]+\Z", re.IGNORECASE)
_CODE_FILE: Final = re.compile(r"\.(?:py|js|ts|go|rs|java|c|h|rb|php|cs|sh|tsx|jsx|kt|scala|ya?ml|json|html|css)\Z", re.IGNORECASE)
_SPDX: Final = re.compile(r"SPDX-License-Identifier:\s*([\w.+() -]{2,80})", re.IGNORECASE)
_FIELD: Final = re.compile(
    r"""^\s*["']?(?:license|licence|licenses|license_expression|PackageLicenseExpression|spdx_license)["']?\s*[:=]{1,2}>?\s*[\[{]{0,2}\s*(?:text\s*=\s*|["']?type["']?\s*:\s*|name\s*=\s*)?["']([^"']{2,80})["']"""
    r"""|^\s*license:\s*([A-Za-z][\w.+ -]{1,60})\s*$|<PackageLicenseExpression>([^<]{2,80})<|<license>\s*(?:<name>)?([^<]{2,80})<|["']License :: ([^"']{3,80})["']"""
    r"""|\b\w+\.licenses?\s*=\s*\[?["']([^"']{2,80})["']|\blicense\s*\(\s*["']([^"']{2,80})["']|\blicense\s*=\s*["']([^"']{2,80})["']\s*[,)]"""
    r"""|^\s*<name>((?:Apache|MIT|BSD|GNU|GPL|LGPL|AGPL|Eclipse|Mozilla|Business Source|Proprietary|The )[^<]{0,60})</name>""",
    re.IGNORECASE,
)
_FIELD_FILE: Final = re.compile(
    r"(?:^|/)(?:package\.json|pyproject\.toml|setup\.(?:py|cfg)|Cargo\.toml|composer\.json|pom\.xml|[^/]*\.gemspec"
    r"|[^/]*\.podspec|[^/]*\.nuspec|[^/]*\.(?:cs|fs)proj"
    r"|mix\.exs|bower\.json|Chart\.yaml|galaxy\.yml|meta\.yaml|DESCRIPTION|pubspec\.yaml|build\.gradle(?:\.kts)?"
    r"|Directory\.Build\.props|manifest\.json|codemeta\.json"
    r"|CITATION\.cff|[^/]*\.cabal|default\.nix|flake\.nix|[^/]*\.opam|openapi\.ya?ml|deno\.json|jsr\.json"
    r"|plugin\.json|__init__\.py|action\.ya?ml)\Z",
    re.IGNORECASE,
)
_OTHER: Final = re.compile(
    r"\b(?:A?L?GPL(?:-?v?[123](?:\.\d)?)?(?:-only|-or-later|\+)?"
    r"|GNU (?:Affero |Lesser |Library )?General Public Licen[sc]e|SSPL|Server Side Public License|BUSL-1\.1"
    r"|Business Source License|Elastic License|Commons Clause|CC[- ]BY-(?:NC|ND|SA)[\w.-]{0,12}|PolyForm[\w -]{0,30}"
    r"|Functional Source License|FSL-1\.\d)\b",
    re.IGNORECASE,
)
_TAKEN: Final = re.compile(
    r"\b(?:copied|taken|adapted|ported|borrowed|derived|extracted|lifted|vendored"
    r"|based on)\b[^\n]{0,120}(?:licen[sc]ed?|GPL|copyright|\(c\)|proprietary|stack ?overflow|CC[- ]BY)"
    r"|\bproprietary and confidential\b|\ball rights reserved\b[^\n]{0,60}\b(?:proprietary|confidential"
    r"|unauthorized)\b|\bunauthori[sz]ed (?:copying|use|distribution)\b[^\n]{0,60}\bprohibited\b",
    re.IGNORECASE,
)
_HARMLESS: Final = re.compile(
    r"[\d,\s()\u00a9.\-\u2013]+|\b(?:copyright|present|c|the|and|contributors?|authors?|inc|llc|ltd"
    r"|all rights reserved)\b", re.IGNORECASE)


def licenses(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits over the whole change: an identifier that the change shows elsewhere in unchanged lines is the project's own."""
    own = {_name(m[1]) for file in files for line in file.lines if line.kind != "+" and (m := _SPDX.search(line.text))}
    for file in files:
        if file.facets.lock:
            continue
        if _FILE.search(file.path) and not _CODE_FILE.search(file.path):
            yield from ((file, each) for each in _text(file))
        elif _FIELD_FILE.search(file.path):
            yield from ((file, each) for each in _field(file))
        yield from ((file, each) for each in _header(file, own))


def _name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())


def _text(file: Subject) -> Iterator[Hit]:
    if file.gone:
        if file.facets.vendored or file.facets.language:
            return  # it goes with the code that it was about, or is no licence but a program
        yield hit("license-deleted", "license-change", Severity.HIGH, file.removed[0] if file.removed else None, "deletes the licence text")
        return
    if file.new:
        nested = file.path.count("/") > 0
        line = next((each for each in file.added if _OTHER.search(each.text)), None)
        if nested and not file.path.upper().startswith("LICENSES/"):
            message = "brings in code under a licence of its own"
            yield hit("license-text", "license-change", Severity.HIGH if line else Severity.MEDIUM if file.facets.vendored else Severity.LOW, line or (file.added[0] if file.added else None), message)
        elif file.added:
            yield hit("license-text", "license-change", Severity.MEDIUM, line or file.added[0], "adds a licence to the project")
        return
    if any(re.match(r"\s*(?:License|By|Repository|Repositories|Author): ", line.text) for line in file.lines):
        return  # a list of the licences of what is bundled
    gone = " ".join(words for line in file.removed if (words := _HARMLESS.sub(" ", line.text).strip().lower()))
    for line in file.added:
        left = _HARMLESS.sub(" ", line.text).strip().lower()
        if left and left not in gone:
            message = "changes the words of the licence: what others may do with the code changes with it"
            yield hit("license-text", "license-change", Severity.HIGH, line, message)
            return
    came = " ".join(_HARMLESS.sub(" ", line.text).strip().lower() for line in file.added)
    for line in file.removed:
        left = _HARMLESS.sub(" ", line.text).strip().lower()
        if left and left not in came:
            yield hit("license-text", "license-change", Severity.HIGH, line, "takes words out of the licence")
            return


def _value(line: Line) -> str:
    found = _FIELD.search(line.text)
    return next((g for g in found.groups() if g), "") if found else ""


_GENERIC: Final = frozenset({"osi", "approved", "license", "licence", "the", "and", "clause", "only", "later", "version", "software", "file", "txt", "public", "general", "or"})


def _family(value: str) -> set[str]:
    """The words that name a licence: a trove classifier and an SPDX identifier say the same in other words."""
    return {word for word in re.findall(r"[a-z]{3,}", value.lower()) if word not in _GENERIC}


def _field(file: Subject) -> Iterator[Hit]:
    before = [(line, value) for line in file.removed if (value := _value(line))]
    after = [(line, value) for line in file.added if (value := _value(line))]
    for line, value in after:
        if any(_name(value) == _name(old) or ("::" in value + old and _family(value) & _family(old)) for _, old in before):
            continue
        if before:
            message = "changes the licence that the package declares"
            yield hit("license-field", "license-change", Severity.HIGH, line, message, against=before[0][0])
            return
        if not file.new and (_OTHER.search(value) or re.search(r"unlicensed|proprietary|see licen", value, re.IGNORECASE)):
            yield hit("license-field", "license-change", Severity.MEDIUM, line, "declares a licence that restricts use")
            return
    if before and not after and not file.gone and any(line.kind == " " for line in file.lines):
        yield hit("license-field", "license-change", Severity.MEDIUM, before[0][0], "takes away the licence that the package declares")


def _header(file: Subject, own: set[str]) -> Iterator[Hit]:
    before = [(line, _name(found[1])) for line in file.removed if (found := _SPDX.search(line.text))]
    after = [(line, _name(found[1])) for line in file.added if (found := _SPDX.search(line.text))]
    for line, name in after:
        if any(name == old for _, old in before):
            continue
        if before:
            message = "changes the licence identifier of the file"
            yield hit("license-header", "license-change", Severity.HIGH, line, message, against=before[0][0])
            return
        if name not in own and _OTHER.search(line.text):
            yield hit("license-foreign", "license-change", Severity.MEDIUM, line, "brings in code under a licence with conditions of its own")
            return
    if before and not after and not file.gone:
        yield hit("license-header", "license-change", Severity.MEDIUM, before[0][0], "takes the licence identifier off the file")
        return
    if file.facets.prose or file.facets.lock or file.facets.manifest:
        return
    if not any(re.search(r"licen|GPL|GNU|copied|taken|adapted|ported|borrowed|derived|proprietary|unauthori|portions", line.text, re.IGNORECASE) for line in file.added if not line.code and len(line.text) < 300):
        return
    seen = {word.lower() for line in file.lines if line.kind != "+" for word in _OTHER.findall(line.text)}
    for line in file.added:
        if len(line.text) > 300 or line.code.strip():
            continue  # only what stands in comments
        other = _OTHER.search(line.text)
        if (other and other[0].lower() not in seen and re.search(r"licen|under|terms|GNU|redistribut", line.text, re.IGNORECASE)) or _TAKEN.search(line.text):
            yield hit("license-foreign", "license-change", Severity.MEDIUM, line, "brings in code that stands under another licence or belongs to others")
            return
