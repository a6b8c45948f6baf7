"""Judges what runs of a change did against what the base's runs did: reaching out, programs started, files written.

What must stay true: pure; only what was observed is judged here, and only where it was watched; a run that was not
watched, or a base that was not run, yields no "new". Names come from the run and stay text from outside.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Container, Iterator, Sequence
from typing import Final

from reviewer.model.diff import FileDiff
from reviewer.model.finding import Finding, Severity
from reviewer.model.observed import Observed, RunPair
from reviewer.model.run import Reached
from reviewer.risk.facets import facets
from reviewer.risk.run_finding import listed, seen_in_run

_METADATA: Final = frozenset({"169.254.169.254", "fd00:ec2::254", "metadata.google.internal", "100.100.100.200"})
_FETCHERS: Final = frozenset(
    "curl wget nc ncat netcat socat ssh scp sftp rsync ftp telnet sudo su doas docker podman kubectl helm terraform aws "
    "gcloud az gh glab vault gpg crontab at systemctl nsenter unshare mount chattr insmod nmap tcpdump strace xdotool "
    "osascript powershell pwsh certutil bitsadmin base64 xxd openssl dig nslookup ngrok cloudflared claude codex "
    "gemini ollama twine".split()
)
"""Programs that reach out, change who one is, or publish: a run that newly starts one deserves a look."""
_PLACES: Final = re.compile(
    r"(?:^|/)(?:__pycache__|\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|\.tox|\.nox|\.venv|venv|\.eggs"
    r"|[^/]*\.egg-info|htmlcov|node_modules|\.next|\.nuxt|\.turbo|\.parcel-cache|\.nyc_output|\.vite|\.cache|coverage"
    r"|target|build|dist|out|bin|obj|_build|deps|\.gradle|\.m2|\.kotlin|\.dart_tool|\.bundle|\.phpunit\.cache|vendor"
    r"|\.build|DerivedData|cmake-build[^/]*|Testing|tmp|temp|logs?|reports?|test-results|test-reports|playwright-report"
    r"|\.serverless|\.terraform|\.stack-work|dist-newstyle|TestResults|artifacts)/"
    r"|(?:^|/)(?:\.coverage[^/]*|coverage[^/]*|cover\.out|junit[^/]*\.xml|lcov\.info|\.phpunit\.result\.cache"
    r"|[^/]*\.(?:py[cod]|o|a|so|class|log|tmp|pid|lock|tsbuildinfo|profraw|gcda|gcno|out|sqlite3?|db|bak|swp)"
    r"|\.eslintcache|\.stylelintcache|nosetests\.xml|test-output[^/]*|results?\.(?:xml|json|trx))\Z"
)
_STEERING: Final = re.compile(
    r"(?:^|/)(?:\.git|\.githooks|\.husky|\.claude|\.cursor|\.codex|\.gemini|\.vscode|\.devcontainer|\.github|\.circleci)/"
    r"|(?:^|/)(?:AGENTS|CLAUDE|GEMINI)\.md\Z|(?:^|/)(?:\.envrc|\.bashrc|\.profile|\.npmrc|\.gitconfig|\.gitmodules"
    r"|reviewer\.toml|\.mcp\.json|\.cursorrules)\Z"
)


def seen(files: Sequence[FileDiff], pair: RunPair) -> Iterator[Finding]:
    """Findings on one run beside the base's."""
    yield from _reached(pair)
    yield from _programs(pair)
    yield from _wrote(files, pair)


# --- reaching out ---------------------------------------------------------------------------------------------------


def _reached(pair: RunPair) -> Iterator[Finding]:
    head, base = pair.head, pair.base
    if not head.watched:
        return
    known = {_host(one) for one in base.reached} if base is not None and base.watched else None
    outside: dict[str, Reached] = {}
    for one in head.reached:
        host = _host(one)
        if not _inside(host) and (known is None or host not in known):
            outside.setdefault(host, one)
    stealing = [host for host in outside if host in _METADATA]
    if stealing:
        yield seen_in_run(
            "run-metadata", "network-egress", Severity.CRITICAL, head.name,
            f"asks the cloud's metadata service for credentials while it runs: {listed(stealing)}", stealing,
        )  # fmt: skip
    names = [f"{one.target.raw} ({one.by.raw})" for host, one in outside.items() if host not in _METADATA]
    if not names:
        return
    hosts = [host for host in outside if host not in _METADATA]
    if known is not None:
        severity, said = Severity.HIGH, "reaches for what the base's run does not"
    else:
        severity, said = Severity.MEDIUM, "reaches for the network while it runs (the base was not run to compare)"
    message = f"{said}: {listed(names)}"
    yield seen_in_run("run-reached", "network-egress", severity, head.name, message, hosts, count=len(names))


def _host(one: Reached) -> str:
    """Where an attempt went, without its port, as it is compared."""
    target = one.target.raw.strip().lower()
    if target.startswith("["):
        return target[1:].partition("]")[0]
    name, colon, port = target.rpartition(":")
    return name if colon and port.isdigit() and ":" not in name else target


def _inside(host: str) -> bool:
    """Whether a target is the machine itself: loopback, a socket in the file system, nothing at all."""
    if not host or host in ("localhost", "ip6-localhost") or host.endswith(".localhost") or host.startswith(("/", "@")):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


# --- programs -------------------------------------------------------------------------------------------------------


def _programs(pair: RunPair) -> Iterator[Finding]:
    head, base = pair.head, pair.base
    if not head.watched or base is None or not base.watched:
        return
    before = {name.raw for name, _ in base.programs}
    new = sorted({name.raw for name, _ in head.programs} - before)
    if not new or (not base.whole and len(new) > len(before)):
        return
    loud = [name for name in new if name.rsplit("/", 1)[-1].lower() in _FETCHERS]
    quiet = [name for name in new if name not in loud]
    if loud:
        message = f"starts programs that the base's run does not, which reach beyond a test: {listed(loud)}"
        yield seen_in_run("run-program", "new-command", Severity.MEDIUM, head.name, message, loud, count=len(loud))
    if quiet:
        message = f"starts programs that the base's run does not: {listed(quiet)}"
        yield seen_in_run("run-program-other", "new-command", Severity.LOW, head.name, message, quiet, count=len(quiet))


# --- files ----------------------------------------------------------------------------------------------------------


_WRITES: Final = {
    "run-wrote-steering": (Severity.HIGH, "writes what steers git, pipelines or agents while it runs"),
    "run-wrote-itself": (Severity.MEDIUM, "rewrites files of this change while it runs: what ran is not what is shown"),
    "run-wrote-tests": (Severity.MEDIUM, "rewrites tests, or what they expect, while it runs"),
    "run-wrote": (Severity.LOW, "writes files outside the places where builds and tests leave theirs"),
}


def _wrote(files: Sequence[FileDiff], pair: RunPair) -> Iterator[Finding]:
    head, base = pair.head, pair.base
    usual = {path.raw for path in (*base.written, *base.deleted)} if base is not None else set()
    mine = {file.change.new_path.raw for file in files}
    found: dict[str, list[str]] = {rule: [] for rule in _WRITES}
    touched = (path.raw for path in (*head.written, *head.mode_changed, *head.deleted))
    for path in dict.fromkeys(path for path in touched if path not in usual):
        rule = _written(path, mine, head)
        if rule:
            found[rule].append(path)
    for rule, names in found.items():
        if names:
            severity, said = _WRITES[rule]
            message = f"{said}: {listed(names)}"
            yield seen_in_run(rule, "stray-write", severity, head.name, message, names, count=len(names))


def _written(path: str, mine: Container[str], run: Observed) -> str:
    """The rule that a written path falls under, or none."""
    if _STEERING.search(path) or _leaves(path):
        return "run-wrote-steering"
    if _PLACES.search(path) or any(path in word.raw for word in run.command):
        # Where runs of tests and builds leave their files, or a place that the command itself names.
        return ""
    if path in mine:
        return "run-wrote-itself"
    return "run-wrote-tests" if facets(path).test else "run-wrote"


def _leaves(path: str) -> bool:
    return path.startswith(("/", "../")) or "/../" in path

