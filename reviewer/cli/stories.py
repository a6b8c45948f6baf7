"""Reads the command line: finds the command that is meant, and tells in our own words what was used wrongly."""

from __future__ import annotations

import importlib

import click

from reviewer.cli import STORIES
from reviewer.model.errors import ReviewerError
from reviewer.text import show


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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in STORIES and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], STORIES, 3, 0.6) or [name for name in STORIES if args[0][:3] == name[:3]]
            meant = f": did you mean {', '.join(near)}?" if near else ""
            raise click.UsageError(f"there is no command {show(args[0], limit=600)}{meant}", ctx)
        return super().resolve_command(ctx, args)

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
    from reviewer.cli.screens import show_inbox

    return show_inbox(None)


def tell() -> object:
    """Do what the command line asks for; returns what the command returned. Raises ReviewerError, KeyboardInterrupt."""
    try:
        return main.main(prog_name="reviewer", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        # Several commands share the word that was given: which they are is the answer.
        click.echo(error.ctx.get_help() if error.ctx is not None else "", err=True)
        return error.exit_code
    except click.ClickException as error:
        raise _used_wrongly(error) from None
    except click.Abort:
        raise KeyboardInterrupt from None


def _used_wrongly(error: click.ClickException) -> ReviewerError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "reviewer"
    return ReviewerError(show(error.format_message(), limit=600), f"see: {path} --help", error.exit_code)
