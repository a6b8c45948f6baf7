"""Feedback outlives the program, is only ever taken back, and never crosses from one repository to another."""

from dataclasses import replace
from pathlib import Path

from reviewer.model.feedback import Feedback, FeedbackKind, Look
from reviewer.store.feedback import FeedbackStore
from reviewer.text import Untrusted

ENTRY = Feedback(
    "id", FeedbackKind.ACCEPTED, "repo", "r", "c", Untrusted.from_bytes(b"a/\xff\x1b.py"), "fp", Untrusted("why"),
    Untrusted("ann"), 1.0, 9.0, change_id="k3f9",
)  # fmt: skip


def test_entries_are_there_again_as_they_were_said(tmp_path: Path) -> None:
    place = tmp_path / "store" / "feedback.db"
    FeedbackStore(place).add(ENTRY)
    again = FeedbackStore(place)
    assert again.entries() == again.entries("repo") == [ENTRY]
    assert again.entries("other") == []
    again.revoke("id", 5.0)
    again.revoke("id", 7.0)
    assert again.entries() == [replace(ENTRY, revoked_at=5.0)]
    assert place.stat().st_mode & 0o077 == 0


def test_a_finding_is_looked_at_once(tmp_path: Path) -> None:
    store = FeedbackStore(tmp_path / "store" / "feedback.db")
    look = Look("repo", "r", Untrusted("a.py"), "fp", 1.0)
    store.looked([look, replace(look, fingerprint="other")])
    store.looked([replace(look, at=2.0)])
    assert sorted(store.looks("repo"), key=lambda each: each.fingerprint) == [look, replace(look, fingerprint="other")]
    assert store.looks("elsewhere") == []


def test_what_is_lost_with_a_damaged_file_is_said(tmp_path: Path) -> None:
    place = tmp_path / "store" / "feedback.db"
    place.parent.mkdir(mode=0o700)
    place.touch(mode=0o600)
    store = FeedbackStore(place)
    assert store.entries() == [] and "accepted risks count again" in store.notice
