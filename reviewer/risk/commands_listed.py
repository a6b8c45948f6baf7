"""Reads commands that code hands over as a list of arguments as the line that a shell would get, and judges that line.

What must stay true: a name among the arguments is a variable of the same name; a list that stood before, however it was
wrapped, is no news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from reviewer.risk.destructive import COMMANDS
from reviewer.risk.subject import Hit, Line, Subject, hit
from reviewer.risk.table import News, line_parts, match

_PROGRAMS: Final = frozenset(
    "rm aws gcloud gsutil az kubectl oc helm terraform tofu pulumi docker podman git dropdb psql mysql mysqladmin redis-cli mongo mongosh dd mkfs wipefs shred find "
    "zfs zpool velero rclone s3cmd heroku flyctl fly bq gh sudo remove-item rmdir rails rake php mix npx etcdctl eksctl".split())
_FIRST: Final = re.compile(r"(?:[\[({]|,|\bnew\()\s*[fFrbu@$]{0,2}[\"'`](?:/usr/bin/|/bin/|/usr/local/bin/)?([\w-]{2,20})[\"'`]\s*(?:,|\)\s*\n?\s*\.args?\()")
_NEXT: Final = re.compile(
    r"(?:[\s,&\[\](]|\)\s*\.args?\(|\bvec!|\bnew\s+String\[\]\s*\{|\.\.\.)*(?:[fFrbu@$]{0,2}(?:\"((?:[^\"\\\n]|\\.){0,200})\"|'((?:[^'\\\n]|\\.){0,200})'|`([^`\n]{0,200})`)|(\w[\w.$>-]{0,60}(?:\([^()\n]{0,60}\))?))")
_MOST: Final = 14


def listed(file: Subject, news: News) -> Iterator[Hit]:
    """Hits on commands in the form of lists, on the lines that came."""
    if file.facets.prose or file.facets.test or file.facets.example or not file.facets.language:
        return
    came = [(line, text) for line, text in _commands(file, "+", news)]
    if not came:
        return
    before = {text for _, text in _commands(file, "-", news)}
    for line, text in came:
        if text in before:
            continue
        held = line_parts(text)
        for each in COMMANDS:
            if each.holds(file.facets) and each.holds_words(held) and match(each, file, line, text) is not None:
                yield hit(each.name, each.category, each.severity, line, each.message, f"listed {each.name}")
                break


def _commands(file: Subject, kind: str, news: News) -> Iterator[tuple[Line, str]]:
    """The commands of one side, each with the line that it is told at."""
    seen: set[int] = set()
    for whole in news.wrapped(file, kind):
        text = spoken(whole.whole.code)
        if text:
            at = next(line for line in whole.lines if line.kind == kind)
            seen.update(line.at for line in whole.lines)
            yield at, text
    for line in file.added if kind == "+" else file.removed:
        if line.at not in seen and not _PROGRAMS.isdisjoint(line_parts(line.text)) and (text := spoken(line.code)):
            yield line, text


def spoken(code: str) -> str:
    """The first command that stands in a list, as a shell would read it; empty where there is none."""
    for found in _FIRST.finditer(code[:2000]):
        if found[1].lower() not in _PROGRAMS:
            continue
        words = [found[1]]
        at = found.end(1) + 1
        while len(words) < _MOST and (each := _NEXT.match(code, at)):
            quoted = next((group for group in each.groups()[:3] if group is not None), None)
            words.append(_item(quoted) if quoted is not None else _variable(each[4]))
            at = each.end()
            if not re.match(r"\s*(?:,|\)\s*\.args?\(|\]\s*,\s*[\[\"'])", code[at:]):
                break
        if len(words) > 2:
            return " ".join(words)
    return ""


def _item(text: str) -> str:
    """A quoted argument, its holes as variables."""
    return re.sub(r"\$?\{\s*([\w.]{1,60})[^{}]{0,40}\}|#\{\s*([\w.]{1,60})[^{}]{0,40}\}", lambda m: _variable(m[1] or m[2]), text)


def _variable(text: str) -> str:
    return "$" + re.sub(r"\W", "", re.split(r"[.>(-]", re.sub(r"\([^()]*\)", "", text))[-1] or "x")
