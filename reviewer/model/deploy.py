"""Reads what a deploy is about from its subject: what goes where, instead of what, and as a part of which rollout.

What must stay true: pure; a subject counts only where its bytes are those of the digest and what it names is what the
change shows, so that nothing is decided on that was not on screen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from reviewer.model.change import Kind
from reviewer.model.detail import ChangeDetail
from reviewer.text import Untrusted

_LONGEST: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Deploy:
    """One gate of a rollout: `artifact` goes to `environment`, for the part of it that `stage` names."""

    rollout: Untrusted
    environment: Untrusted
    stage: Untrusted
    artifact: Untrusted
    commit: str
    live: str


def deploy_of(detail: ChangeDetail) -> Deploy | None:
    """What the current revision deploys; None for every other kind, and for a subject that does not hold together."""
    revision, change = detail.current, detail.change
    subject = revision.subject.encode("utf-8", "surrogatepass")
    if change.kind is not Kind.DEPLOY or len(subject) > _LONGEST:
        return None
    if hashlib.sha256(subject).hexdigest() != change.digest or revision.digest != change.digest:
        return None
    try:
        said = json.loads(subject)
        plan = said["rollout"]
        words = (plan["id"], said["environment"], plan["stage"], said["artifact"], said["commit"], said["live"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if not all(isinstance(word, str) and word for word in words):
        return None
    rollout, environment, stage, artifact, commit, live = words
    if (commit, live) != (revision.head, revision.base):
        return None
    return Deploy(Untrusted(rollout), Untrusted(environment), Untrusted(stage), Untrusted(artifact), commit, live)
