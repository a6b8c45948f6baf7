"""One suite for every door to a gate: what a desk relies on, whatever lies between."""

import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ground import SANDBOXED, Ground
from places import PLACES, Place

from reviewer.model.change import State
from reviewer.model.codec import to_json
from reviewer.model.comment import AuthorKind, Comment
from reviewer.model.decision import Verdict
from reviewer.model.errors import ForbiddenError, MissingError, StaleError, UsageError
from reviewer.model.run import RunState
from reviewer.repo.bundle import take_bundle
from reviewer.repo.quarantine import Quarantine
from reviewer.text import Untrusted

# Waits for a file that no change but one has.
TOML = '[[run]]\nname = "the tests"\ncommand = ["sh", "-c", "echo begun; test ! -e slow.txt || sleep 60"]\n'
contained = pytest.mark.skipif(not SANDBOXED, reason="no sandbox here")


@pytest.fixture(scope="module", params=list(PLACES))
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    ground = Ground(tmp_path_factory.mktemp("place"), TOML if SANDBOXED else "")
    with PLACES[request.param](ground) as opened:
        yield opened


def test_what_is_submitted_is_listed_and_shown(place: Place) -> None:
    detail = place.submit("claude/list", list__txt="x\n")
    again = place.client.submit(str(place.ground.work), "claude/list", "main", "claude", "Do it", "")
    assert again.change.change_id == detail.change.change_id
    gate, rows = place.client.changes()
    assert gate and detail.change.change_id in [row.change_id for row in rows]
    shown = place.settled(detail.change.change_id)
    assert (shown.current.claim.raw, shown.change.title.raw, shown.scan) == ("All tests passed.", "Do it", "done")
    assert shown.change.run == ("passed" if SANDBOXED else "none asked")
    newest = max(row.seq for row in place.client.changes()[1])
    assert place.client.changes(newest) == (gate, [])
    with pytest.raises(MissingError):
        place.client.detail("nothing")


def test_the_queue_is_filtered_cut_and_tagged(place: Place) -> None:
    detail = place.submit("claude/queue", queue__txt="x\n")
    place.settled(detail.change.change_id)
    queue = "/review/v1/changes"
    rows = place.raw.get(queue, params={"status": "pending"}).json()["changes"]
    assert rows and {row["state"] for row in rows} == {"pending"}
    assert place.raw.get(queue, params={"status": ["rejected", "landed"]}).json()["changes"] == [
        row for row in place.raw.get(queue).json()["changes"] if row["state"] in ("rejected", "landed")
    ]
    assert place.raw.get(queue, params={"status": "nonsense"}).status_code == 422
    assert place.raw.get(queue, params={"after": "x"}).status_code == 422
    first = place.raw.get(queue, params={"limit": 1}).json()
    assert len(first["changes"]) == 1 and first["cursor"] == first["changes"][0]["seq"]
    # Other changes may be busy still, and give the queue another tag between two questions.
    for _ in range(100):
        tag = place.raw.get(queue).headers["ETag"]
        again = place.raw.get(queue, headers={"If-None-Match": f'"other", {tag}'})
        if again.status_code == 304:
            break
    assert again.status_code == 304
    place.client.comment(detail.change.change_id, remark(detail.change.digest, "tagged"))
    assert place.raw.get(queue, headers={"If-None-Match": tag}).status_code == 200


def test_a_decision_twice_is_one_and_the_same_id_for_another_is_refused(place: Place) -> None:
    detail = place.settled(place.submit("claude/decide", decide__txt="x\n").change.change_id)
    decision = place.decision(detail, "decide-1")
    assert place.client.decide(decision, now=True) == place.client.decide(decision, now=True)
    landed = place.when(detail.change.change_id, lambda d: d.change.state is State.LANDED)
    assert landed.landed == place.ground.git("rev-parse", "main")
    assert place.client.decide(decision, now=True).status == "accepted"
    with pytest.raises(UsageError, match="something else"):
        place.client.decide(replace(decision, reason=Untrusted("other")), now=True)
    assert len(place.client.detail(detail.change.change_id).decisions) == 1


def test_a_decision_about_an_older_revision_is_stale_and_says_what_is_current(place: Place) -> None:
    detail = place.settled(place.submit("claude/stale", stale__txt="x\n").change.change_id)
    newer = place.submit("claude/stale", "claude/stale", stale__txt="y\n")
    assert newer.change.revision == 2
    with pytest.raises(StaleError) as caught:
        place.client.decide(place.decision(detail, "stale-1"), now=True)
    assert caught.value.current_digest == newer.change.digest


def test_a_held_decision_is_withdrawn_and_one_that_took_effect_is_not(place: Place) -> None:
    detail = place.settled(place.submit("claude/undo", undo__txt="x\n").change.change_id)
    change = detail.change.change_id
    decision = place.decision(detail, "undo-1", Verdict.REJECT)
    assert "held" in place.client.decide(decision, now=False).detail
    assert place.client.withdraw(change, "undo-1") == place.client.withdraw(change, "undo-1")
    assert place.client.decide(decision, now=False).status == "withdrawn"
    # One that was on its way when it was withdrawn.
    assert place.client.withdraw(change, "undo-2").status == "withdrawn"
    with pytest.raises(StaleError, match="withdrawn"):
        place.client.decide(place.decision(detail, "undo-2", Verdict.REJECT), now=True)
    assert place.client.detail(change).change.state is State.PENDING
    place.client.decide(place.decision(detail, "undo-3", Verdict.REJECT), now=True)
    place.when(change, lambda d: d.change.state is State.REJECTED)
    with pytest.raises(StaleError, match="took effect"):
        place.client.withdraw(change, "undo-3")


def remark(digest: str, name: str, author: str = "ann") -> Comment:
    return Comment(name, digest, Untrusted(author), AuthorKind.PERSON, Untrusted("why so?"), 1.0)


def test_a_comment_twice_is_one_and_comes_from_who_is_calling(place: Place) -> None:
    detail = place.submit("claude/talk", talk__txt="x\n")
    comment = remark(detail.change.digest, "talk-1")
    change = detail.change.change_id
    assert place.client.comment(change, comment) == place.client.comment(change, comment)
    assert [c.comment_id for c in place.client.detail(change).comments] == ["talk-1"]
    with pytest.raises(UsageError):
        place.client.comment(change, replace(comment, body=Untrusted("other")))
    with pytest.raises(ForbiddenError, match="ann"):
        place.client.comment(change, remark(detail.change.digest, "talk-2", "bob"))
    decision = place.decision(detail, "talk-3", Verdict.REJECT)
    with pytest.raises(ForbiddenError):
        place.client.decide(replace(decision, reviewer=Untrusted("bob")), now=True)
    with pytest.raises(ForbiddenError):
        forged = (remark(detail.change.digest, "talk-4", "bob"),)
        place.client.decide(replace(decision, comments=forged), now=True)


@contained
def test_a_run_is_watched_cancelled_and_made_again(place: Place) -> None:
    detail = place.submit("claude/run", slow__txt="x\n")
    change = detail.change.change_id
    run = place.when(change, lambda d: d.runs[0].log_bytes > 0).runs[0]
    assert run.state is RunState.RUNNING
    part = place.client.run_log(change, run.run_id)
    assert (part.data, part.ended) == (b"begun\n", False)
    assert place.client.cancel(change, run.run_id)
    run = place.when(change, lambda d: d.runs[0].log is not None).runs[0]
    assert run.state is RunState.CANCELLED
    assert not place.client.cancel(change, run.run_id)
    part = place.client.run_log(change, run.run_id, 2)
    assert (part.data, part.ended) == (b"gun\n", True)
    assert run.log is not None
    assert (place.client.blob(run.log), place.client.blob(run.log, 4)) == (b"begun\n", b"n\n")
    again = place.client.rerun(change)
    assert again.runs[-1].state in (RunState.QUEUED, RunState.RUNNING)
    assert place.client.cancel(change, again.runs[-1].run_id)
    with pytest.raises(MissingError):
        place.client.cancel(change, "another")


def test_whoever_waits_for_events_hears_of_them_at_once(place: Place) -> None:
    detail = place.settled(place.submit("claude/wait", wait__txt="x\n").change.change_id)
    newest = place.client.wait(0, 0)
    while (later := place.client.wait(newest, 0)) != newest:
        newest = later
    heard: list[int] = []
    began = time.monotonic()
    waiting = threading.Thread(target=lambda: heard.append(place.client.wait(newest, 25)))
    waiting.start()
    place.client.comment(detail.change.change_id, remark(detail.change.digest, "wait-1"))
    waiting.join(20)
    assert heard and heard[0] > newest
    assert time.monotonic() - began < 20
    assert place.raw.get("/review/v1/events", params={"after": "-1"}).status_code == 422


def test_blobs_are_what_they_are_called(place: Place) -> None:
    data = b"some bytes\n" * 100
    name = hashlib.sha256(data).hexdigest()
    path = f"/review/v1/blobs/{name}"
    assert place.raw.put(path, content=b"others").status_code == 422
    assert place.raw.get(path).status_code == 404
    assert place.raw.put(path, content=data).status_code == 201
    assert place.raw.put(path, content=data).status_code == 204
    assert place.client.blob(name) == data
    assert place.client.blob(name, 1000) == data[1000:]
    middle = place.raw.get(path, headers={"Range": "bytes=3-9"})
    assert (middle.status_code, middle.content) == (206, data[3:10])
    for bad in ("..%2F..%2Fgate.db", "x" * 64):
        assert place.raw.get(f"/review/v1/blobs/{bad}").status_code == 404
        assert place.raw.put(f"/review/v1/blobs/{bad}", content=data).status_code in (404, 422)


def test_the_commits_come_as_a_bundle(place: Place, tmp_path: Path) -> None:
    detail = place.submit("claude/bundle", bundle__txt="x\n")
    change = detail.change.change_id
    quarantine = Quarantine.open(tmp_path, "0" * 16)
    whole = place.client.bundle(change)
    assert take_bundle(quarantine, whole, "refs/pulled/head") == detail.change.head
    assert quarantine.patch(detail.change.base, detail.change.head)
    newer = place.submit("claude/bundle", "claude/bundle", bundle__txt="y\n")
    assert place.client.bundle(change, (newer.change.head,)) == b""
    thin = place.client.bundle(change, (detail.change.head, "0" * 40))
    assert len(thin) < len(whole)
    assert take_bundle(quarantine, thin, "refs/pulled/head") == newer.change.head
    assert place.raw.get(f"/review/v1/changes/{change}/bundle", params={"have": "--all"}).status_code == 422


def test_what_is_wrong_is_a_problem_document(place: Place) -> None:
    change = place.submit("claude/wrong", wrong__txt="x\n").change.change_id
    decisions = f"/review/v1/changes/{change}/decisions"
    assert place.raw.post(decisions, content=b"{").status_code == 422
    assert place.raw.post(decisions, content=to_json({"x": 1})).status_code == 422
    assert place.raw.post(decisions, content=b"x" * ((4 << 20) + 1)).status_code == 413
    assert place.raw.post("/review/v1/changes", content=to_json({"branch": "x"})).status_code == 422
    assert place.raw.post("/review/v1/changes/none/runs").status_code == 404
    answer = place.raw.post(f"/review/v1/changes/{change}/stages", content=to_json({"stage": "landed"}))
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")
    with pytest.raises(UsageError, match="no branch"):
        place.client.submit(str(place.ground.work), "claude/none", "main", "claude", "", "")
