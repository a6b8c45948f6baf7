"""A reviewer: sends the first revision of each change back with a remark, approves the second, until all are landed.

Drives the desk as the screens do. Notes down what it was told, after it was told. Killed at any moment, it goes on.
"""

import json
import sys
import time
from pathlib import Path

from reviewer.attest.sign import Key
from reviewer.model.change import State
from reviewer.model.decision import DecisionState, Verdict
from reviewer.model.errors import ReviewerError
from reviewer.model.requirement import RequirementState
from reviewer.settings import home
from reviewer.wiring import make_desk

JOURNAL = sys.argv[1]
ENDED = (State.LANDED, State.WAITING_TO_LAND)


def note(what: str, **more: str) -> None:
    with Path(JOURNAL).open("a") as file:
        file.write(json.dumps({"what": what, **more}) + "\n")


desk = make_desk(home(), Path.cwd())
robot = ("robot", Key.load(home() / "keys" / "unattended" / "robot"))
while True:
    try:
        desk.sync()
        rows = [row for row in desk.changes() if row.state is not State.DISCOVERED]
        for row in rows:
            detail = desk.detail(row.change_id)
            settled = all(r.state is not RequirementState.WAITING for r in detail.requirements if r.name != "decision")
            if row.state is not State.PENDING or not settled or any(d.digest == row.digest for d in detail.decisions):
                continue
            if row.revision == 1:
                if not desk.talk.drafts(row.change_id):
                    note("drafted", draft=desk.talk.draft(detail, "once more, please", None).comment_id)
                item = desk.decide(detail, Verdict.REQUEST_CHANGES, "again", now=True)
            else:
                item = desk.decide(detail, Verdict.APPROVE, "", now=True, unattended=robot)
            if item.state not in (DecisionState.CONFLICT, DecisionState.BLOCKED):
                note("decided", decision=item.item_id)
        if len(rows) == 3 and all(row.state in ENDED for row in rows):
            break
    except ReviewerError:
        pass  # the gate died; it is started again by the next question
    time.sleep(0.05)
note("done")
