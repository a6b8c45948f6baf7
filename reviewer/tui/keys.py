"""Lists every key of every screen: one row each, from which bindings, footer, help and palette are made.

What must stay true: no single key decides anything; a key means the same on every screen that has it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from textual.binding import BindingType


@dataclass(frozen=True, slots=True)
class Key:
    """`keys` as Textual names them, comma separated; `scope` is a screen or a kind of pane; `shown` for people.

    `footer` is the short word in the footer, empty where there is no room for it; `says` is what help says.
    """

    scope: str
    keys: str
    action: str
    shown: str
    says: str
    footer: str = ""
    first: bool = False
    """Done before the field in focus has the key, and before the next key is read: that may be meant for elsewhere."""


KEYS: Final = (
    # Moving, in every list and text.
    Key("list", "j,down", "go(1)", "j", "one line down"),
    Key("list", "k,up", "go(-1)", "k", "one line up"),
    Key("list", "space,pagedown,ctrl+f", "page(1)", "space", "a page down"),
    Key("list", "b,pageup,ctrl+b", "page(-1)", "b", "a page up"),
    Key("list", "ctrl+d", "half(1)", "^d", "half a page down"),
    Key("list", "ctrl+u", "half(-1)", "^u", "half a page up"),
    Key("list", "g,home", "edge(-1)", "g", "to the beginning"),
    Key("list", "G,end", "edge(1)", "G", "to the end"),
    Key("list", "h,left", "sideways(-8)", "h", "to the left"),
    Key("list", "l,right", "sideways(8)", "l", "to the right"),
    Key("list", "enter", "choose", "enter", "open what the cursor is on"),
    # The inbox.
    Key("inbox", "slash", "filter", "/", "filter as you type", "filter", first=True),
    Key("inbox", "space", "screen.next", "space", "open what is yours to decide, or go to it"),
    Key("inbox", "V", "views", "V", "choose a view of yours"),
    Key("inbox", "o", "order", "o", "another order: whose turn, newest, by agent, task, repository, stacks", "order"),
    Key("inbox", "w", "tall", "w", "one line a change, or two"),
    Key("inbox", "v", "preview", "v", "show or hide the preview", "preview"),
    Key("inbox", "A", "decided", "A", "show or hide what is decided or asleep", "decided"),
    Key("inbox", "m", "mark", "m", "mark this change, for what is done to many at once", "mark"),
    Key("inbox", "Z", "snooze", "Z", "let what is marked sleep, or wake it"),
    Key("inbox", "R", "rerun", "R", "run what is marked again"),
    Key("inbox", "x", "reject", "x", "reject what is marked, with one reason"),
    Key("inbox", "a", "gates", "a", "approve the gates of one rollout together, once each was open"),
    Key("inbox", "S", "sync", "S", "send what waits and pull what is new"),
    Key("inbox", "q", "leave", "q", "leave", "leave"),
    # A difference, alone or on a change.
    Key("stream", "right_square_bracket", "hunk(1)", "]", "next hunk", "hunk"),
    Key("stream", "left_square_bracket", "hunk(-1)", "[", "hunk before"),
    Key("stream", "right_curly_bracket", "file(1)", "}", "next file", "file"),
    Key("stream", "left_curly_bracket", "file(-1)", "{", "file before"),
    Key("stream", "right_parenthesis", "change(1)", ")", "next run of changed lines"),
    Key("stream", "left_parenthesis", "change(-1)", "(", "changed lines before"),
    Key("stream", "greater_than_sign", "remark(1)", ">", "next comment or finding in the text"),
    Key("stream", "less_than_sign", "remark(-1)", "<", "comment or finding before"),
    Key("stream", "full_stop", "unseen(1)", ".", "next hunk that was never on screen"),
    Key("stream", "comma", "unseen(-1)", ",", "unseen hunk before"),
    Key("stream", "number_sign", "line", "#", "go to a line", first=True),
    Key("stream", "slash", "search", "/", "search in the pane; /pattern/ searches a pattern", first=True),
    Key("stream", "backslash", "search_whole", "\\", "search in the whole files", first=True),
    Key("stream", "n", "found(1)", "n", "next match"),
    Key("stream", "N", "found(-1)", "N", "match before"),
    Key("stream", "equals_sign", "one_file", "=", "one file at a time, or all of them in one stream"),
    Key("stream", "s", "split", "s", "side by side, or in one column", "split"),
    Key("stream", "w", "wrap", "w", "break long lines, or move them sideways"),
    Key("stream", "W", "loud", "W", "dim what changed in layout alone, or not"),
    Key("stream", "o", "order", "o", "files by path, by risk, tests beside code"),
    Key("stream", "z", "fold", "z", "fold or unfold the file, or the run"),
    Key("stream", "Z", "fold_hunk", "Z", "fold or unfold the hunk"),
    Key("stream", "e", "more('lines')", "e", "10 more lines around the hunk"),
    Key("stream", "E", "more('function')", "E", "the function around the hunk"),
    Key("stream", "ctrl+e", "more('file')", "^e", "the whole file"),
    Key("stream", "v", "reviewed('hunk')", "v", "mark the hunk as reviewed, or not: it folds", "reviewed"),
    Key("stream", "V", "reviewed('file')", "V", "mark the file as reviewed, or not"),
    Key("stream", "d", "only_new", "d", "everything, or only what is new since your last look"),
    Key("stream", "y", "copy('line')", "y", "copy the line to the terminal's clipboard"),
    Key("stream", "Y", "copy('place')", "Y", "copy the line's place"),
    Key("looking", "tab,shift+tab", "pane(1)", "tab", "files, or the difference", "pane"),
    Key("looking", "m", "alone", "m", "the difference alone, or the files beside it"),
    Key("looking", "q,u,escape", "back", "q", "leave", "leave"),
    # One change.
    Key("review", "a", "decide('approve')", "a", "approve: asks what you mean to do, then confirms", "approve"),
    Key("review", "x", "decide('reject')", "x", "reject, with a reason", "reject"),
    Key("review", "r", "decide('request changes')", "r", "send back for changes, with a reason", "send back"),
    Key("review", "tab", "pane(1)", "tab", "next pane", "pane"),
    Key("review", "shift+tab", "pane(-1)", "shift+tab", "pane before"),
    Key("review", "1", "show('files')", "1", "files"),
    Key("review", "2", "show('diff')", "2", "difference"),
    Key("review", "3", "show('runs')", "3", "runs and their output"),
    Key("review", "4", "show('findings')", "4", "findings"),
    Key("review", "5", "show('requires')", "5", "requirements"),
    Key("review", "6", "show('claim')", "6", "what the agent says"),
    Key("review", "7", "show('talk')", "7", "comments and decisions"),
    Key("review", "D", "since", "D", "what changed since the revision you looked at last, on the same base"),
    Key("review", "m", "alone", "m", "this pane alone, or beside the others"),
    Key("review", "f", "finding(1)", "f", "next finding; ]f too, and [f the one before", "finding"),
    Key("review", "F", "finding(-1)", "F", "finding before"),
    Key("review", "minus", "not_useful", "-", "call this finding not useful, or take that back"),
    Key("review", "exclamation_mark", "accept_risk", "!", "accept this finding's risk for some days, or no longer"),
    Key("review", "c", "comment", "c", "comment on this line or range, or answer a comment", "comment"),
    Key("review", "M", "range", "M", "begin a range of lines here, for the comment that follows"),
    Key("review", "X", "settle", "X", "settle the thread under the cursor, or open it again"),
    Key("review", "C", "comment_all", "C", "comment on the whole change"),
    Key("review", "P", "send_drafts", "P", "post the drafts without a verdict"),
    Key("review", "U", "undo", "U", "take the last decision back while it is held"),
    Key("review", "L", "land", "L", "bring an approved result into your worktree"),
    Key("review", "R", "rerun", "R", "run again: see for yourself what the agent claims"),
    Key("review", "K", "cancel", "K", "stop what runs: asks which"),
    Key("review", "ctrl+r", "reload", "^r", "look at the newest revision"),
    Key("review", "u,q,escape", "back", "u", "back to the inbox", "back"),
    # One run.
    Key("run", "tab", "pane(1)", "tab", "next pane", "pane"),
    Key("run", "shift+tab", "pane(-1)", "shift+tab", "pane before"),
    Key("run", "1", "show('output')", "1", "output; G goes to its end and follows what comes"),
    Key("run", "2", "show('steps')", "2", "steps: what happened when"),
    Key("run", "3", "show('started')", "3", "programs that it started, and who started them"),
    Key("run", "4", "show('network')", "4", "attempts to reach out"),
    Key("run", "5", "show('files')", "5", "files that it left"),
    Key("run", "6", "show('tests')", "6", "tests and coverage that it reported"),
    Key("run", "7", "show('sandbox')", "7", "what contained it, and how well"),
    Key("run", "8", "show('runs')", "8", "every run of the change, and how two differ"),
    Key("run", "m", "alone", "m", "this pane alone, or beside the output"),
    Key("run", "slash", "search", "/", "search in the pane; /pattern/ searches a pattern", "search", first=True),
    Key("run", "n", "found(1)", "n", "next match"),
    Key("run", "N", "found(-1)", "N", "match before"),
    Key("run", "exclamation_mark", "failure", "!", "the first line that looks like a failure", "failure"),
    Key("run", "y", "copy('line')", "y", "copy the line to the terminal's clipboard"),
    Key("run", "O", "save", "O", "write the output to a file, or an asciicast of it", "save"),
    Key("run", "R", "rerun", "R", "run again: see for yourself what the agent claims", "run again"),
    Key("run", "K", "cancel", "K", "stop what runs: asks which", "stop"),
    Key("run", "u,q,escape", "back", "u", "back to the change", "back"),
    # Everywhere.
    Key("app", "question_mark", "help", "?", "all keys", "help"),
    Key("app", "ctrl+p,colon", "palette", ":", "every command by name"),
    Key("app", "t", "theme", "t", "the other theme"),
    Key("app", "ctrl+c", "interrupt", "^c", "leave at once; nothing is lost"),
    # Writing a comment.
    Key("editor", "ctrl+s", "keep", "^s", "keep as a draft: it leaves with your verdict", "keep", first=True),
    Key("editor", "escape", "keep", "esc", "keep as a draft and close"),
    Key("editor", "ctrl+k", "kind", "^k", "a note, a question, an instruction", "kind", first=True),
    Key("editor", "ctrl+t", "suggest", "^t", "suggest an edit of the lines", "suggest", first=True),
    Key("editor", "ctrl+l", "preview", "^l", "how it will look, or on with writing", "preview", first=True),
    Key("editor", "ctrl+o", "editor", "^o", "go on in $EDITOR", "editor", first=True),
    Key("editor", "ctrl+x", "drop", "^x", "throw the draft away", "throw away", first=True),
    # Deciding.
    Key("decide", "ctrl+g", "jump", "^g", "leave for what holds an approval back", "what holds it", first=True),
    Key("decide", "escape", "cancel", "esc", "decide nothing", "decide nothing"),
    # Help.
    Key("help", "escape,q,question_mark", "close", "esc", "close", "close"),
)


def bindings(*scopes: str, only: str | None = None) -> list[BindingType]:
    """The bindings of a screen or pane; `only` one of them, where a pane has the same key for something else."""
    from textual.binding import Binding  # the table itself is read before Textual is there

    return [
        Binding(key.keys, key.action, key.says, show=False, priority=key.first)
        for key in KEYS
        if key.scope in scopes and only in (None, key.keys)
    ]


def footer(*scopes: str) -> list[tuple[str, str]]:
    """The keys that the footer names, as (key, word)."""
    return [(key.shown, key.footer) for key in KEYS if key.scope in scopes and key.footer]
