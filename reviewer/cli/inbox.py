"""Opens the inbox on screen (`reviewer inbox`), or one change straight away (`reviewer open CHANGE`)."""

from __future__ import annotations

import click

from reviewer.cli.screens import show_inbox


@click.command("inbox", epilog="\b\nExample:\n  reviewer inbox\n")
def command() -> int:
    """Open the inbox."""
    return show_inbox(None)


@click.command("open", epilog="\b\nExample:\n  reviewer open k3f9\n")
@click.argument("change")
def open_change(change: str) -> int:
    """Open one change."""
    return show_inbox(change)
