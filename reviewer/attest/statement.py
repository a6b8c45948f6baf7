"""Seals a decision: an in-toto Statement v1 about the revision, in a DSSE envelope that carries an SSHSIG signature.

DSSE signs exact bytes (its pre-authentication encoding), so nobody has to agree on a canonical JSON.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from typing import Any, Final

from reviewer.attest.sign import Key, verify
from reviewer.model.codec import to_json
from reviewer.model.decision import Decision
from reviewer.model.detail import Revision
from reviewer.model.errors import ReviewerError

PAYLOAD_TYPE: Final = "application/vnd.in-toto+json"
PREDICATE_TYPE: Final = "https://reviewer-desk.dev/attestation/decision/v1"


def _pae(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def seal(decision: Decision, revision: Revision, key: Key) -> str:
    """The envelope of `decision`, as JSON text. Raises ReviewerError where it names another revision."""
    if decision.digest != revision.digest:
        raise ReviewerError("the decision names another revision", "look at the change again", 13)
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": decision.change_id, "digest": {"gitCommit": revision.head, "sha256": revision.digest}}],
        "predicateType": PREDICATE_TYPE,
        "predicate": {
            "decisionId": decision.decision_id,
            "verdict": decision.verdict.value,
            "reason": decision.reason.to_bytes().decode("utf-8", "replace"),
            "reviewer": decision.reviewer.to_bytes().decode("utf-8", "replace"),
            "unattended": decision.unattended,
            "decidedAt": decision.decided_at,
            "base": revision.base,
            "target": revision.target_ref,
            "resultTree": decision.result_tree,
            "acknowledged": list(decision.acknowledged),
            "comments": _digest(decision),
            "seen": _seen(decision),
            "overrides": list(decision.overrides),
            "reasons": _reasons(decision),
        },
    }
    payload = json.dumps(statement, ensure_ascii=True, sort_keys=True).encode()
    return json.dumps(
        {
            "payloadType": PAYLOAD_TYPE,
            "payload": base64.b64encode(payload).decode(),
            "signatures": [{"keyid": key.public, "sig": base64.b64encode(key.sign(_pae(payload)).encode()).decode()}],
        }
    )


def _seen(decision: Decision) -> dict[str, int] | None:
    """How much of the difference was on screen when it was decided on."""
    seen = decision.seen
    return None if seen is None else {"hunks": seen.hunks, "shown": seen.shown, "reviewed": seen.reviewed}


def _reasons(decision: Decision) -> list[list[str]]:
    return [[r.about, r.text.to_bytes().decode("utf-8", "replace")] for r in decision.reasons]


def _digest(decision: Decision) -> str:
    """SHA-256 of the comments that go with a decision: they are signed with it, and stay out of the envelope."""
    return hashlib.sha256(to_json(decision.comments)).hexdigest()


def open_envelope(envelope: str, public_keys: Iterable[str]) -> dict[str, Any]:
    """The statement of an envelope that one of `public_keys` signed. Raises ReviewerError for anything else."""
    try:
        outer = json.loads(envelope)
        payload = base64.b64decode(outer["payload"], validate=True)
        signatures = [base64.b64decode(s["sig"], validate=True).decode() for s in outer["signatures"]]
        if outer["payloadType"] != PAYLOAD_TYPE:
            raise ValueError("payload type")
        keys = list(public_keys)
        if not any(verify(key, _pae(payload), signature) for key in keys for signature in signatures):
            raise ReviewerError("the decision is not signed by a known key", "sign it with a key that the policy names")
        statement = json.loads(payload)
        if not isinstance(statement, dict) or statement.get("predicateType") != PREDICATE_TYPE:
            raise ValueError("predicate type")
        return statement
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        raise ReviewerError("the decision's envelope cannot be read") from None


def signed_by(envelope: str) -> str:
    """The public key that an envelope says it is signed with: good for nothing until `open_envelope` agrees."""
    try:
        return str(json.loads(envelope)["signatures"][0]["keyid"])
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise ReviewerError("the decision's envelope cannot be read") from None


def states(statement: dict[str, Any], decision: Decision) -> bool:
    """Whether a verified statement says the same as `decision`, in everything but the envelope itself."""
    try:
        subject, predicate = statement["subject"][0], statement["predicate"]
        return bool(
            subject["name"] == decision.change_id
            and subject["digest"]["sha256"] == decision.digest
            and predicate["decisionId"] == decision.decision_id
            and predicate["verdict"] == decision.verdict.value
            and predicate["reason"] == decision.reason.to_bytes().decode("utf-8", "replace")
            and predicate["reviewer"] == decision.reviewer.to_bytes().decode("utf-8", "replace")
            and predicate["unattended"] == decision.unattended
            and predicate["decidedAt"] == decision.decided_at
            and predicate["acknowledged"] == list(decision.acknowledged)
            and predicate["comments"] == _digest(decision)
            and predicate["resultTree"] == decision.result_tree
            and predicate.get("seen") == _seen(decision)
            and predicate.get("overrides", []) == list(decision.overrides)
            and predicate.get("reasons", []) == _reasons(decision)
        )
    except (KeyError, IndexError, TypeError):
        return False
