"""Rules on lock files: an entry whose version stays and whose hash or origin changes, hashes dropped, entries nobody asked for.

What must stay true: an entry is read on both sides before anything is said; a refresh in which version and hash move
together is what lock files are for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from reviewer.model.finding import Severity
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News

_HASH: Final = re.compile(
    r"\b(?:sha(?:1|224|256|384|512)[-:=][\w+/=-]{20,}|h1:[\w+/=]{20,}|md5:[0-9a-f]{32})"
    r"|\b(?:integrity|checksum|hash|sha256|sha512|shasum|sha1|narHash|contentHash|dist-?hash"
    r"|distributionSha256Sum|zh|sha256Sum|reference|rev|revision)\b[\"']?\s*[:= ]\s*[\"']?[\w+/=:-]{16,}"
    r"|#[0-9a-f]{40}\b|\b[0-9a-f]{64}\b|\bvalue=\"[0-9a-f]{32,128}\"",
    re.IGNORECASE,
)
_VERSION: Final = re.compile(
    r"^distributionUrl=|^\s*[\"']?version[\"']?\s*[:= ]\s*[\"']?v?\d|@(?:npm:)?\^?~?v?\d+\.\d+"
    r"|^\s*[\"']?resolved[\"']?\s*[:=]\s*\"?\d|==\s*\d|^\s{2,}[\w.-]{1,80} \(\d[\w.-]{0,40}\)"
    r"|\bversion=\"|^\s*-\s[\"']?[\w./+-]{1,80} \([\d.]|^\s*constraints?\s*=|\"lastModified\"|^\s*[\w.-]+:[\w.-]+:\d"
    r"|/v?\d+\.\d+\.\d+|<artifact\s+name=",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"\b((?:git\+)?[a-z]{2,6}(?:\+[a-z]{2,5})?)://(?:[\w.%+-]{1,60}(?::[^@/\s]{0,60})?@)?([\w.-]{3,120})(/[^\s\"'#?,)]{0,200})?", re.IGNORECASE)
# Locks with one entry a line: name, version, hash.
_ONE_LINE: Final = (
    ("go.sum", re.compile(r"^(\S{3,200}) (v\S{1,80}) (h1:\S{20,60})$")),
    ("mix.lock", re.compile(r"^\s*\"(\w{1,80})\": \{:(?:hex|git), [^,\n]{1,120}, \"([^\"\n]{1,60})\",? ?\"?(\w{20,80})?")),
    ("gradle.lockfile", re.compile(r"^([\w.-]{1,100}:[\w.-]{1,100}):([\w.-]{1,60})=(.{1,300})$")),
)
_START: Final = re.compile(
    r"^\S[^\n]{0,300}:$|^\[\[?[\w.\"-]{1,100}\]\]?$|^ {2,8}\"[^\"]{1,200}\": \{$"
    r"|^ {0,4}(?:/|[\"']?@?[\w./-]{1,100}@)[^\n]{0,200}:$|^[\w.\[\]-]{1,80}==[^\n]{0,100}$|^\s*\"name\": \""
    r"|^\s*<component\b"
    r"|^ {6,12}\"(?!(?:source|dist)\")[\w.-]{1,80}\": \{$"
)
_NAME: Final = re.compile(
    r"^\s*name = \"([^\"]{1,120})\"|^\s*\"name\": \"([^\"]{1,120})\"|^ {4}\"(?:node_modules/)([^\"]{1,150})\": \{"
    r"|^ {2}[\"']?/?(@?[\w.-]{1,60}/[\w.-]{1,80}|[\w.-]{1,80})@[^\n]{1,80}:$"
    r"|^\"?(@?[\w./-]{1,120})@[^\n]{1,120}:$|^ {4}([\w.-]{1,80}) \(\d|^([\w.-]{1,100})==\d|^(\S{3,150}) v\S{1,60} h1:"
)
_FUNDING: Final = re.compile(r"sponsor|opencollective|donat|funding|patreon|tidelift|ko-fi|feross\.org|paypal", re.IGNORECASE)
REGISTRIES: Final = frozenset(
        "registry.npmjs.org registry.yarnpkg.com files.pythonhosted.org pypi.org pypi.python.org crates.io "
        "index.crates.io static.crates.io github.com "
        "codeload.github.com api.github.com proxy.golang.org sum.golang.org rubygems.org packagist.org "
        "repo.packagist.org api.nuget.org repo.maven.apache.org "
        "repo1.maven.org plugins.gradle.org services.gradle.org hex.pm repo.hex.pm pub.dev pub.dartlang.org "
        "registry.terraform.io gitlab.com bitbucket.org "
        "npm.jsr.io jsr.io conda.anaconda.org dl.google.com maven.google.com cdn.cocoapods.org "
        "funding.opencollective.com opencollective.com tidelift.com "
    "www.patreon.com paypal.me ko-fi.com feross.org registry.npmmirror.com".split()
)


@dataclass(slots=True)
class _Entry:
    """The lines of one entry in a hunk."""

    lines: list[Line] = field(default_factory=list)

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.kind == kind]


def locks(files: Sequence[Subject], news: News) -> Iterator[tuple[Subject, Hit]]:
    """Hits on the lock files of a change."""
    manifests = [file for file in files if file.facets.manifest]
    for file in files:
        if file.gone:
            continue
        if file.facets.lock:
            one_line = next((pattern for name, pattern in _ONE_LINE if file.path.endswith(name)), None)
            if one_line is not None:
                yield from ((file, each) for each in _one_line(file, one_line))
                continue
            known = {found[2].lower() for line in file.lines if line.kind != "+" for found in _HOST.finditer(line.text)}
            for entry in _entries(file):
                yield from ((file, each) for each in _changed(entry, known, file.new) if not _follows(each, manifests) and not (each.rule == "lock-hash" and news.stands(each.text, "-")) and not (each.rule == "lock-hash-dropped" and news.stands(each.text, "+")))
            if not file.new:
                yield from ((file, each) for each in _unasked(file, manifests))
        elif re.search(r"requirements[^/]*\.(?:txt|in)\Z|constraints[^/]*\.txt\Z", file.path):
            for entry in _entries(file):
                yield from ((file, each) for each in _changed(entry, set(), file.new))


def _entries(file: Subject) -> Iterator[_Entry]:
    """Blocks of a lock file that belong to one package; only those that changed."""
    entry, hunk = _Entry(), -1
    for line in file.lines:
        blank = not line.text.strip()
        if line.hunk != hunk or blank or _START.match(line.text):
            # A heading that is replaced by another stays one entry.
            replaced = line.kind == "+" and not blank and line.hunk == hunk and _heads(entry, line)
            if not replaced and any(each.kind != " " for each in entry.lines):
                yield entry
            if not replaced:
                entry, hunk = _Entry(), line.hunk
        if not blank:
            entry.lines.append(line)
    if any(each.kind != " " for each in entry.lines):
        yield entry


def _heads(entry: _Entry, line: Line) -> bool:
    """Whether a heading that comes takes the place of one that goes, for the same package or right after it."""
    name = re.split(r"[=@:\s]", line.text.strip().strip("\"'"), maxsplit=1)[0]
    for each in entry.lines:
        if each.kind == "-" and _START.match(each.text) and (each is entry.lines[-1] or (name and each.text.strip().strip("\"'").startswith(name))):
            return True
    return False


def _changed(entry: _Entry, known: set[str], new_file: bool) -> Iterator[Hit]:
    gone, came, kept = entry.of("-"), entry.of("+"), entry.of(" ")
    old, new = _versions(gone), _versions(came)
    if not old:
        # An address that tells the version which the heading tells anyway.
        new -= _versions(kept)
    # The version stays where it is seen to stay: in a line that did not change, or in both of the lines that did.
    stays = old == new and (bool(old) or any(_VERSION.search(line.text) or _START.match(line.text) for line in kept))
    if not old and new and gone:
        stays = new <= _versions(kept)
    headless = any(_START.match(line.text) for line in gone) and not any(_START.match(line.text) for line in came)
    before, after = {name for line in gone if (name := _name(line))}, {name for line in came if (name := _name(line))}
    if before and after and before.isdisjoint(after):
        return  # another package stands where this one stood
    hashes_gone = [line for line in gone if _HASH.search(line.text)]
    hashes_came = [line for line in came if _HASH.search(line.text)]
    if gone and stays:
        origin = _origin_changed(gone, came)
        if origin is not None:
            message = (
                "takes a package of the same version from another place: what is installed is no longer what was "
                "reviewed"
            )
            yield hit("lock-origin", "lockfile-tamper", Severity.HIGH, origin, message, against=gone[0])
            return
        changed = next((line for line in hashes_came if line.text.strip().rstrip(",\\ ") not in {each.text.strip().rstrip(",\\ ") for each in hashes_gone}), None)
        if changed is not None and hashes_gone and _digests(hashes_gone).isdisjoint(_digests(hashes_came)):
            message = "changes the hash of a package whose version stays: other content under the same name"
            yield hit("lock-hash", "lockfile-tamper", Severity.HIGH, changed, message, against=hashes_gone[0])
            return
    if hashes_gone and not hashes_came and stays and not headless and (kept or came):
        message = "drops the hash of a package that stays: whatever is served under that name is accepted"
        yield hit("lock-hash-dropped", "lockfile-tamper", Severity.HIGH, hashes_gone[0], message)
        return
    if not new_file:
        for line in came:
            for found in _HOST.finditer(line.text):
                host = found[2].lower()
                if known and host not in known and host not in REGISTRIES and re.search(r"resolved|url|source|tarball|registry|remote", line.text, re.IGNORECASE):
                    message = "takes a package from a host that the lock file has not used before"
                    yield hit("lock-host", "lockfile-tamper", Severity.HIGH, line, message)
                    return


def _follows(found: Hit, manifests: Sequence[Subject]) -> bool:
    """Whether a manifest in the change names the same place: then the two move together."""
    if found.rule not in ("lock-origin", "lock-host"):
        return False
    places = {_owner(m) or m[2].lower() for m in _HOST.finditer(found.text)}
    return any(place in line.text.lower() for file in manifests for line in file.added for place in places if place not in REGISTRIES)


def _versions(lines: Sequence[Line]) -> set[str]:
    """What tells versions apart on one side: version lines, headings, and version numbers in addresses."""
    found = set()
    for line in lines:
        text = line.text.strip()
        found.update(re.findall(r"[-_@/=]v?(\d+\.\d+(?:\.\d[\w.+]{0,30})?)(?=[-./\"'\s?#,@(_]|$)", text))
        if _VERSION.search(text) or _START.match(line.text):
            for number in re.findall(r"\d+\.\d[\w.+-]{0,40}|\(\d[\w.]{0,20}\)|\"lastModified\": \d+", re.sub(r"[a-z]+://[^/]{1,100}|\.(?:tgz|tar\.gz|whl|zip)\b", " ", text)):
                found.add(number.rstrip("."))
    return found


def _digests(lines: Sequence[Line]) -> set[str]:
    return {found for line in lines for found in re.findall(r"[\w+/=-]{20,}", line.text)}


def _origin_changed(gone: Sequence[Line], came: Sequence[Line]) -> Line | None:
    gone = [line for line in gone if not _FUNDING.search(line.text)]
    came = [line for line in came if not _FUNDING.search(line.text)]
    before = [(m[1].lower(), m[2].lower(), _owner(m)) for line in gone for m in _HOST.finditer(line.text)]
    if not before:
        return next((line for line in came if any(m[2].lower() not in REGISTRIES for m in _HOST.finditer(line.text)) and gone), None)
    for line in came:
        for found in _HOST.finditer(line.text):
            place = (found[1].lower(), found[2].lower(), _owner(found))
            if place not in before and not (found[2].lower() in REGISTRIES and before[0][1] in REGISTRIES and place[0] in ("https", "registry+https") and not place[2]):
                return line
    return None


def _owner(found: re.Match[str]) -> str:
    """On code hosts, who owns the repository: the same package of another owner is another package."""
    if re.search(r"github|gitlab|bitbucket|codeberg", found[2], re.IGNORECASE):
        return "/".join((found[3] or "").strip("/").split("/")[:2]).lower().removesuffix(".git")
    return ""


def _one_line(file: Subject, pattern: re.Pattern[str]) -> Iterator[Hit]:
    before = {(m[1], m[2]): (line, m[3]) for line in file.removed if (m := pattern.match(line.text))}
    for line in file.added:
        found = pattern.match(line.text)
        if found and (found[1], found[2]) in before and before[found[1], found[2]][1] != found[3]:
            message = "changes the hash of a package whose version stays: other content under the same name"
            yield hit("lock-hash", "lockfile-tamper", Severity.HIGH, line, message, against=before[found[1], found[2]][0])


def _unasked(file: Subject, manifests: Sequence[Subject]) -> Iterator[Hit]:
    """New entries that no manifest, and no other entry of the lock file, asks for."""
    if file.path.endswith(("go.sum", ".properties")):
        return
    gone = {name for line in file.removed if (name := _name(line))}
    fresh = [(line, name) for line in file.added if (name := _name(line)) and name not in gone]
    if not fresh or len(fresh) > 3 or gone:
        return
    asked = "\n".join(line.text for other in manifests for line in other.lines if line.kind != "-")
    for line, name in fresh:
        short = name.rsplit("node_modules/", 1)[-1]
        if "/node_modules/" in name:
            continue  # the same package, laid out another way
        others = sum(1 for each in file.lines if each.kind != "-" and _mentions(each.text, short) and not _own(each, line, short))
        if others == 0 and not _mentions(asked, short):
            message = "adds a package that no manifest in the change asks for"
            yield hit("lock-unasked", "lockfile-tamper", Severity.MEDIUM, line, message)


def _name(line: Line) -> str:
    found = _NAME.match(line.text)
    return next((g for g in found.groups() if g), "") if found else ""


def _mentions(text: str, name: str) -> bool:
    at = text.lower().find(name.lower())
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (before and (before.isalnum() or before in "-_")) and not (after and (after.isalnum() or after in "-_")):
            return True
        at = text.lower().find(name.lower(), at + 1)
    return False


def _own(each: Line, head: Line, name: str) -> bool:
    """Whether a line belongs to the entry itself: its heading, its address, its files."""
    return each.at == head.at or "://" in each.text or "node_modules/" in each.text or (each.hunk == head.hunk and abs(each.at - head.at) <= 2 and "@" in each.text)
