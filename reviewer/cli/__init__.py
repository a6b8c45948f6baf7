"""The command line: one file per story, loaded when asked for; errors become a sentence, a hint and a status."""

from __future__ import annotations

import importlib
import os
import sys

import click

from reviewer.model.errors import ReviewerError

STORIES = {
    "approve": ("decide", "approve", "approve exactly one revision"),
    "cancel": ("rerun", "cancel", "stop what runs of a change"),
    "comment": ("comment", "command", "remark on a change, or on one of its lines"),
    "demo": ("demo", "command", "open a demonstration, or walk it in text"),
    "diff": ("diff", "command", "show a difference as plain text"),
    "doctor": ("doctor", "command", "say what works on this machine, and what does not"),
    "gate": ("gate", "command", "the embedded pipeline's own process"),
    "inbox": ("inbox", "command", "open the inbox (what plain `reviewer` does)"),
    "land": ("land", "command", "bring an approved result into your worktree"),
    "list": ("listing", "command", "list submitted changes and agent branches"),
    "log": ("outbox", "log", "list the decisions made on this desk"),
    "open": ("inbox", "open_change", "open one change"),
    "outbox": ("outbox", "outbox", "list what waits to be sent, and what became of it"),
    "reject": ("decide", "reject", "reject a change"),
    "request-changes": ("decide", "request_changes", "send a change back"),
    "rerun": ("rerun", "rerun", "ask for the runs of a change again"),
    "run": ("run", "command", "run a command contained, over a copy of a folder"),
    "scan": ("scan", "command", "scan a difference for what goes wrong in agent changes"),
    "show": ("show", "command", "show what a decision on a change rests on"),
    "submit": ("submit", "command", "put a branch into the gate's queue"),
    "sync": ("sync", "command", "send what waits and pull what is new"),
    "undo": ("decide", "undo", "withdraw a decision while it is held"),
    "wait": ("wait", "command", "wait for the verdict on a change"),
}
"""By command: its file here, its name there, one line on it."""


class _Stories(click.Group):
    """Finds a command's file by its name, so that asking for one loads no other."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(STORIES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in STORIES:
            return None
        file, name, _line = STORIES[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"reviewer.cli.{file}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, STORIES[name][2]) for name in self.list_commands(ctx)])


@click.group(cls=_Stories, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="reviewer-desk", prog_name="reviewer", message="%(prog)s %(version)s")
@click.pass_context
def main(context: click.Context) -> int:
    """The human checkpoint for changes that AI agents make. Without a command it opens the inbox."""
    if context.invoked_subcommand is not None:
        return 0
    from reviewer.cli.inbox import show_inbox

    return show_inbox(None)


def run() -> int:
    """Run the command line; returns the exit status (DESIGN 7)."""
    os.umask(0o077)
    try:
        result = main.main(standalone_mode=False)
        return result if isinstance(result, int) else 0
    except ReviewerError as error:
        _say(error.message, error.hint)
        return error.status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return 130
    except BrokenPipeError:
        # The reader has gone; point stdout elsewhere, so that closing it at exit does not complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        from reviewer.text import show

        where = f" ({show(str(error.filename))})" if error.filename else ""
        _say(f"{error.strerror or type(error).__name__}{where}", "")
        return 1


def _say(message: str, hint: str) -> None:
    click.echo(f"error: {message}", err=True)
    if hint:
        click.echo(f"       {hint}", err=True)
