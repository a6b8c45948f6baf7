"""Reads the policy's layers beside the target branch's own file, each checked against the keys that may sign it.

What must stay true: a file that is missing, unsigned where it must be signed, or signed by another key is an error and
never an empty policy.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from reviewer.attest.sign import POLICY_NAMESPACE, verify
from reviewer.model.errors import UsageError
from reviewer.model.finding import Finding
from reviewer.model.policy import Policy, PolicyFile, Source
from reviewer.policy.held import switched_off
from reviewer.policy.merge import merged
from reviewer.risk.switched import folded
from reviewer.settings import REPOSITORY_FILE, LayerPlace, RepositorySettings, read_layer, read_repository, read_user
from reviewer.text import show

_MOST: Final = 256 * 1024


def layers_of(home: Path) -> list[PolicyFile]:
    """The files that a home's `config.toml` names. Raises UsageError where one cannot be trusted."""
    return [_read(place) for place in read_user(home / "config.toml").layers]


def policy_of(settings: RepositorySettings, layers: Sequence[PolicyFile]) -> Policy:
    """The policy of a target branch under the other layers."""
    return merged([*layers, settings.policy])


def less_off(findings: Sequence[Finding], data: bytes | None, home: Path, of: str = "the base") -> Sequence[Finding]:
    """The findings, those of rules that a `reviewer.toml` with these bytes turns off in one line each.

    Raises UsageError where that file, or one of another layer, cannot be read.
    """
    if data is None:
        return findings
    settings = read_repository(data, f"{REPOSITORY_FILE} of {of}")
    if not settings.policy.off:
        return findings
    return folded(findings, switched_off(policy_of(settings, layers_of(home)), None, findings))


def _read(place: LayerPlace) -> PolicyFile:
    shown = show(str(place.file), limit=200)
    data = _bytes(place, place.file)
    signer = ""
    if place.signers:
        signature = _bytes(place, place.file.with_name(f"{place.file.name}.sig")).decode("ascii", "replace")
        signer = next((key for key in place.signers if verify(key, data, signature, POLICY_NAMESPACE)), "")
        if not signer:
            raise UsageError(
                f"the {place.layer.value}'s policy {shown} is not signed by a key that may sign it",
                f"sign it again: ssh-keygen -Y sign -n {POLICY_NAMESPACE} -f KEY {shown}",
            )
    # The comment of a key says whose it is.
    return read_layer(data, Source(place.layer, shown, show(signer.split(" ", 2)[2] if signer.count(" ") > 1 else "")))


def _bytes(place: LayerPlace, path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST + 1)
    except OSError as error:
        raise UsageError(
            f"the {place.layer.value}'s policy cannot be read: {show(str(path), limit=200)}: {error.strerror}",
            "name it in config.toml, [[layer]], or take it out there",
        ) from None
