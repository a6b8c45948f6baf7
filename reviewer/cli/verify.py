"""`reviewer verify`: checks that decisions are signed by a known key, say what the log says, and stand in its chain."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from reviewer.attest.sign import Key
from reviewer.attest.statement import open_envelope, states
from reviewer.cli.show import print_json
from reviewer.cli.store import open_desk
from reviewer.model.decision import Decision
from reviewer.model.errors import ReviewerError, UsageError
from reviewer.settings import home
from reviewer.store.decisions import chained
from reviewer.text import show

YES, NO, UNTOLD = "yes", "no", "cannot tell"
_STATUS = {YES: 0, NO: 1, UNTOLD: 3}
_MAX_FILE = 256 << 20

_EPILOG = """\b
Examples:
  reviewer verify
  reviewer verify 0b1c7e52
  reviewer log --json > decisions.jsonl && reviewer verify --file decisions.jsonl --key ann.pub

Exit status: 0 yes, each holds; 1 no, one does not; 2 used wrongly; 3 cannot tell: a key, a file or a decision is
missing.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One envelope to check; `chain` as it stands beside it, `decision` where the log has it in the clear."""

    number: int
    envelope: str
    chain: str | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What became of one check. `said` holds what the envelope states, once it is known to be signed."""

    entry: Entry
    answer: str
    why: str
    said: dict[str, str]


@click.command("verify", epilog=_EPILOG)
@click.argument("decision_id", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path, allow_dash=True), help="an envelope, or a `log --json`")
@click.option("--key", type=click.Path(path_type=Path), help="public keys, OpenSSH lines [those of this desk]")
@click.option("--json", "as_json", is_flag=True, help="one object a decision: answer, why, decision_id, verdict ...")
def command(decision_id: str | None, file: Path | None, key: Path | None, as_json: bool) -> int:
    """Check one logged decision, all of them, or those of a file: signature, words and chain."""
    if decision_id and file:
        raise UsageError("name a decision or a file, not both")
    keys = _keys_in(key) if key else _own_keys(home())
    entries = _from_file(file) if file else _from_log()
    found = [f for f in _checked(entries, keys, given=key is not None) if _meant(f.entry, decision_id)]
    if not found:
        what = f"no decision {show(decision_id, limit=60)}" if decision_id else "no decision at all"
        raise ReviewerError(f"there is {what} to check", "see them with: reviewer log", _STATUS[UNTOLD])
    for finding in found:
        _tell(finding, as_json)
    answers = {finding.answer for finding in found}
    return _STATUS[NO if NO in answers else UNTOLD if UNTOLD in answers else YES]


def _meant(entry: Entry, decision_id: str | None) -> bool:
    return decision_id is None or (entry.decision is not None and entry.decision.decision_id.startswith(decision_id))


# --- what is checked ------------------------------------------------------------------------------------------------


def _from_log() -> list[Entry]:
    log = open_desk().log_of_decisions()
    return [Entry(leaf.seq, leaf.decision.envelope, leaf.chain, leaf.decision) for leaf in log]


def _from_file(path: Path) -> list[Entry]:
    try:
        with (sys.stdin.buffer if str(path) == "-" else path.open("rb")) as stream:
            data = stream.read(_MAX_FILE)
    except OSError as error:
        why = error.strerror or "not readable"
        raise ReviewerError(f"cannot read {show(str(path))}: {why}", "name another file", _STATUS[UNTOLD]) from None
    entries = []
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            value = json.loads(line) if line.strip() else None
        except (ValueError, RecursionError):
            # An envelope may be spread over lines; then the file is that one envelope.
            return [Entry(1, data.decode("utf-8", "replace"))]
        if isinstance(value, dict):
            envelope, chain = value.get("envelope"), value.get("chain")
            if isinstance(envelope, str) and isinstance(chain, str):
                entries.append(Entry(number, envelope, chain))
            else:
                entries.append(Entry(number, line.decode("utf-8", "replace")))
    return entries


# --- keys -----------------------------------------------------------------------------------------------------------


def _keys_in(path: Path) -> list[str]:
    try:
        text = path.read_bytes()[: 1 << 20].decode("utf-8", "replace")
    except OSError as error:
        raise ReviewerError(
            f"cannot read the key {show(str(path))}: {error.strerror}", "name a public key", _STATUS[UNTOLD]
        ) from None
    keys = list(_lines_of_keys(text))
    if not keys:
        hint = 'it has lines such as "ssh-ed25519 AAAA... ann", as a .pub or an allowed_signers file'
        raise ReviewerError(f"there is no Ed25519 public key in {show(str(path))}", hint, _STATUS[UNTOLD])
    return keys


def _lines_of_keys(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        words = line.split()
        if words and not words[0].startswith("#") and "ssh-ed25519" in words[:-1]:
            yield f"ssh-ed25519 {words[words.index('ssh-ed25519') + 1]}"


def _own_keys(place: Path) -> list[str]:
    """The public halves of the keys that stand in this home; nothing is made here."""
    private = [place / "keys" / "desk", *sorted((place / "keys" / "unattended").glob("[!.]*"))]
    return [Key.load(path).public for path in private if path.is_file() and path.suffix != ".pub"]


# --- checking -------------------------------------------------------------------------------------------------------


def _checked(entries: Iterable[Entry], keys: Sequence[str], *, given: bool) -> Iterator[Finding]:
    before = ""
    for entry in entries:
        leaf = hashlib.sha256(entry.envelope.encode()).hexdigest()
        unbroken = entry.chain is None or entry.chain == chained(before, leaf)
        before = entry.chain or ""
        answer, why, said = _one(entry, keys, given)
        if not unbroken:
            answer, why = NO, "the log was altered here, or before: the chain does not hold"
        yield Finding(entry, answer, why, said)


def _one(entry: Entry, keys: Sequence[str], given: bool) -> tuple[str, str, dict[str, str]]:
    try:
        statement = open_envelope(entry.envelope, keys)
    except ReviewerError as error:
        signer = _claimed_signer(entry.envelope)
        if signer and signer not in keys and not given:
            return UNTOLD, f"signed with a key that is not known here; give it with --key FILE: {signer}", {}
        return NO, error.message, {}
    if entry.decision is not None and not states(statement, entry.decision):
        return NO, "the log says something else than what was signed", {}
    return YES, "", _said(statement)


def _claimed_signer(envelope: str) -> str:
    try:
        return show(str(json.loads(envelope)["signatures"][0]["keyid"]), limit=120)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        return ""


def _said(statement: dict[str, object]) -> dict[str, str]:
    try:
        subject, predicate = statement["subject"][0], statement["predicate"]  # type: ignore[index]
        return {
            "decision_id": show(str(predicate["decisionId"]), limit=80),  # type: ignore[index]
            "change": show(str(subject["name"]), limit=80),
            "digest": show(str(subject["digest"]["sha256"]), limit=80),
            "verdict": show(str(predicate["verdict"]), limit=40),  # type: ignore[index]
            "reviewer": show(str(predicate["reviewer"]), limit=80),  # type: ignore[index]
            "overrides": _waived(predicate),
        }
    except (KeyError, IndexError, TypeError):
        return {}


def _waived(predicate: object) -> str:
    """The requirements that a decision waives; older ones name none."""
    names = predicate.get("overrides", ()) if isinstance(predicate, dict) else ()
    return ", ".join(show(str(name), limit=80) for name in names)


def _tell(finding: Finding, as_json: bool) -> None:
    known = finding.entry.decision
    said = finding.said or ({"decision_id": known.decision_id, "change": known.change_id} if known else {})
    if as_json:
        print_json({"entry": finding.entry.number, "answer": finding.answer, "why": finding.why, **said})
        return
    words = "  ".join(filter(None, (said.get("change"), said.get("verdict"), said.get("digest", "")[:12])))
    name = said.get("decision_id", "")[:8] or f"entry {finding.entry.number}"
    waived = f"overrides {said['overrides']}" if said.get("overrides") else ""
    told = (f"{finding.answer:<11}", name, words, said.get("reviewer"), waived, finding.why)
    click.echo("  ".join(filter(None, told)))
