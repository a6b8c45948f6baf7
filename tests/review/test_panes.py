"""Panes say what is known about a change, keep to their width, and hold nothing raw of what others wrote."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from made import change, comment, detail, finding, run

from reviewer.model.change import State
from reviewer.model.comment import AuthorKind
from reviewer.model.decision import Decision, Verdict
from reviewer.model.diff import FileChange, FileDiff, FileStatus, Hunk
from reviewer.model.finding import Severity, Side
from reviewer.model.requirement import Requirement, RequirementState
from reviewer.model.run import Conclusion, RunState
from reviewer.review.file_list import Entry, file_entries
from reviewer.review.lines import Line, width_of
from reviewer.review.panes import (
    claim_entries,
    finding_entries,
    requirement_entries,
    talk_entries,
)
from reviewer.review.preview import preview, run_line, runs_of
from reviewer.review.remarks import gathered
from reviewer.review.searching import Match, search_files
from reviewer.text import Untrusted

HOSTILE = "x\x1b]52;c;aGk=\x07\u202e[/b]\\"


def said(entries: list[Entry]) -> str:
    return "\n".join("".join(text for text, _ in line) for _, lines in entries for line in lines)


def plain(lines: list[Line]) -> str:
    return said([(None, lines)])


def file(path: str, status: FileStatus = FileStatus.MODIFIED) -> FileChange:
    return FileChange(status, Untrusted(path), Untrusted(path), 0o100644, 0o100644, "1" * 40, "2" * 40)


def test_files_stand_under_their_folders_with_their_sizes_and_flags() -> None:
    files = [file("README"), file("src/a.py", FileStatus.ADDED), file("src/b.py"), file("src/deep/c.py")]
    sizes = {files[1].path: (12, 3), files[2].path: None}
    entries = file_entries(files, sizes, {files[2].path: 2}, 30)
    assert [key for key, _ in entries] == [0, None, 1, 2, None, 3]
    lines = said(entries).split("\n")
    assert lines[1].strip() == "src/"
    assert lines[2].split() == ["A", "a.py", "+12", "-3"]
    assert lines[3].split() == ["M", "b.py", "▲2"]


NAMES = st.lists(st.sampled_from(["a", "日本語", "src/", "x" * 40, "\x1b[2J", "😀"]), min_size=1, max_size=5).map(
    "".join
)


@given(st.lists(NAMES, max_size=4), st.integers(24, 60))
def test_files_keep_to_their_width(names: list[str], width: int) -> None:
    files = [file(name) for name in names]
    sizes = {f.path: (123, 45) for f in files}
    for _, lines in file_entries(files, sizes, {}, width):
        assert all(width_of(line) <= width for line in lines)


def test_findings_and_remarks_stand_where_they_belong() -> None:
    found = (finding("a key", line=7), finding("gone", Severity.LOW, side=Side.OLD, line=None, file="b.py", count=3))
    entries = finding_entries(found, True, {"a key": "accepted by ann for 3 more days"}, 60)
    assert [key for key, _ in entries] == [0, 1]
    text = said(entries)
    assert "app.py:7" in text
    assert "accepted by ann for 3 more days" in text.split("\n")[2]
    assert "b.py " in text
    assert "(3 times)" in text
    drafts = [comment("draft", file="app.py", line=2), comment("on the whole")]
    notes = gathered(detail(findings=found, comments=(comment("said", file="app.py", line=1),)), drafts)
    assert [(n.kind, n.line) for n in notes] == [("finding", 7), ("finding", None), ("comment", 1), ("draft", 2)]


def test_an_unfinished_scan_is_not_shown_as_a_clean_one() -> None:
    assert "not complete" in said(finding_entries((), False, {}, 50))
    assert "found nothing" in said(finding_entries((), True, {}, 50))


def test_requirements_say_state_why_and_where_from() -> None:
    required = (
        Requirement("run", RequirementState.UNMET, "tests failed", "reviewer.toml of the target branch"),
        Requirement("merges", RequirementState.MET, "merges"),
    )
    text = said(requirement_entries(detail(requirements=required, landed="f" * 40), (), 50))
    assert "✗ tests failed" in text
    assert "reviewer.toml of the target branch" in text
    assert "✓ merges" in text
    assert "digest dddddddddddddddd" in text
    assert "landed" in text
    conflict = detail()
    conflict = replace(conflict, revisions=(replace(conflict.current, result_tree=None),))
    assert "it conflicts" in said(requirement_entries(conflict, (), 50))


def test_what_the_agent_claims_is_never_shown_as_observed() -> None:
    assert "not observed" in said(claim_entries(detail(claim="all green").current, 50))
    assert "says nothing" in said(claim_entries(detail().current, 50))


def test_talk_tells_person_agent_and_draft_apart_and_an_earlier_revision() -> None:
    agent = replace(comment("done"), author=Untrusted("claude"), author_kind=AuthorKind.AGENT, revision_digest="old")
    decided = Decision("id", "c1", "d" * 64, Verdict.REQUEST_CHANGES, Untrusted("slow\nvery"), Untrusted("ann"), 900.0)
    talk = talk_entries(detail(comments=(comment("why?"), agent), decisions=(decided,)), [comment("hm")], 1060.0, 60)
    assert [key for key, _ in talk] == [None, ("comment", 0), ("comment", 1), ("draft", 0)]
    text = said(talk)
    for words in ("request changes by ann, 2m ago", "  slow", "  very", "● ann", "◆ claude, the agent",
                  "on an earlier revision", "✎ draft", "1m ago"):  # fmt: skip
        assert words in text
    assert "Nobody has said" in said(talk_entries(detail(), [], 0.0, 60))


def test_runs_are_the_newest_attempts_of_this_revision_and_say_what_was_observed() -> None:
    runs = (
        run("tests", conclusion=Conclusion.FAILURE, exit_status=1),
        run("old", digest="other"),
        replace(run("tests", conclusion=Conclusion.SUCCESS), run_id="again"),
        run("lint", state=RunState.NOT_RUN, conclusion=None, exit_status=None, seconds=None, reason="no sandbox\x1b"),
        run("slow", conclusion=Conclusion.TIMED_OUT, exit_status=124, limit_hit="time"),
    )
    shown = runs_of(detail(runs=runs))
    assert [r.run_id for r in shown] == ["again", "run-lint", "run-slow"]
    assert plain([run_line(shown[0])]) == "✓ passed   tests  1.0 s"
    assert plain([run_line(shown[2])]).startswith("✗ timed out slow ")
    assert "no sandbox␛" in plain([run_line(shown[1])])
    assert "exit status 124  limit on time hit" in plain([run_line(shown[2])])
    stopped = run("ours", conclusion=Conclusion.CANCELLED, exit_status=137, limit_hit="cancelled")
    assert "limit" not in plain([run_line(stopped)]), "who stops a run is no limit"


def test_nothing_hostile_comes_through_any_pane() -> None:
    """What others wrote, everywhere at once."""
    row = change(title=HOSTILE, branch=HOSTILE, agent=HOSTILE, target=HOSTILE, note="", state=State.PENDING)
    noted = finding(HOSTILE, file=HOSTILE)
    remark = replace(comment(HOSTILE, file=HOSTILE, line=1), author=Untrusted(HOSTILE))
    whole = detail(row, claim=HOSTILE, findings=(noted,), comments=(remark,), runs=(run(HOSTILE, reason=HOSTILE),))
    entries: list[Entry] = [
        *file_entries([file(HOSTILE)], {}, {}, 40),
        *finding_entries(whole.findings, True, {}, 40),
        *requirement_entries(whole, (), 40),
        *claim_entries(whole.current, 40),
        *talk_entries(whole, [remark], 0.0, 40),
        (None, preview(row, whole, 60)),
        (None, preview(row, None, 60)),
        (None, [line for note in gathered(whole, [remark]) for line in note.lines(40)]),
    ]
    text = said(entries)
    assert not set(text) & set("\x1b\x07\u202e")
    assert "␛" in text


def test_a_preview_puts_what_is_not_met_first() -> None:
    required = (
        Requirement("merges", RequirementState.MET, "merges"),
        Requirement("run", RequirementState.UNMET, "tests failed"),
        Requirement("other", RequirementState.NOT_APPLICABLE, "asked by nobody"),
    )
    text = plain(preview(change(), detail(requirements=required, claim="I did it"), 70))
    assert text.index("tests failed") < text.index("merges")
    assert "asked by nobody" not in text
    assert "claims, not observed" in text
    found = plain(preview(change(state=State.DISCOVERED), None, 70))
    assert "never run" in found


def test_searching_finds_every_line_on_its_side_in_any_case() -> None:
    patch = b"@@ -1,3 +1,3 @@\n same Token\n-old token\n+new TOKEN\n other\n"
    start = patch.index(b"\n") + 1
    hunk = Hunk(1, 3, 1, 3, Untrusted(""), start, len(patch))
    files = [file("a"), file("b")]

    def read(which: FileChange) -> FileDiff:
        return FileDiff(which, patch, (hunk,)) if which is files[1] else FileDiff(which, b"", ())

    def read_all(some: Sequence[FileChange]) -> Iterator[FileDiff]:
        return map(read, some)

    found = search_files(files, read_all, "toKen")
    assert found == [Match(1, Side.NEW, 1), Match(1, Side.OLD, 2), Match(1, Side.NEW, 2)]
    assert search_files(files, read_all, "@@") == []
