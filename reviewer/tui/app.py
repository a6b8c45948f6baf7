"""Runs the screens of the desk: the inbox first, news passed on to whatever is open, an end that loses nothing.

What must stay true: the screens behind the inbox are loaded when one is opened, so that the first key is answered
before.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from textual.driver import Driver

from reviewer.model.change import Change
from reviewer.review.desk import Desk
from reviewer.tui.background import Background, Failed
from reviewer.tui.following import Discovered, Following, Going, Hears, Synced
from reviewer.tui.inbox_screen import InboxScreen
from reviewer.tui.painted_app import PaintedApp, Themes

if TYPE_CHECKING:
    from reviewer.tui.acting_screen import ActingScreen

SEALING_SECONDS = 5.0
"""How long leaving waits for a verdict to be sealed; a key may ask for a touch."""


class ReviewerApp(PaintedApp):
    """The application over one desk; `change_id` opens one change at once, `driver` takes a painted terminal over.

    `views` are the person's own queries by name, `notify` is how news is told to the desktop,
    `cursor` gives the id of the change on which the cursor was put before we were there.
    """

    CSS = PaintedApp.CSS + InboxScreen.LAYOUT

    def __init__(
        self,
        desk: Desk,
        themes: Themes,
        theme: str = "dark",
        change_id: str | None = None,
        driver: type[Driver] | None = None,
        views: Mapping[str, str] | None = None,
        notify: str = "none",
        cursor: Callable[[], str] = str,
    ) -> None:
        super().__init__(themes, theme, driver)
        self.desk = desk
        self.opening = change_id
        self.farewell: list[str] = []
        # Sealing never waits for a gate, as acting may: a verdict that was given is recorded whatever else goes on.
        self.sealing = Background("sealing", self.broke, unheard=self.post_message)
        self.acting = Background("acting", self.broke, unheard=self.post_message)
        self.following = Following(desk, self, self.broke)
        self.inbox_screen = InboxScreen(desk, self.paint, self.reading, self.sealing, self.acting, views, notify)
        self.inbox_screen.cursor_at = cursor

    def on_mount(self) -> None:
        super().on_mount()
        self.push_screen(self.inbox_screen)
        # The first paint may have put the collector off: what is there by now stays, and is never looked at again.
        gc.enable()
        gc.freeze()
        self.following.start()
        if self.opening is not None:
            self.open(self.desk.detail(self.opening).change)

    def on_unmount(self) -> None:
        super().on_unmount()
        self.following.close()
        self.acting.close()
        self.sealing.close()

    def on_failed(self, message: Failed) -> None:
        """What went wrong after its screen was left."""
        self.notify(message.words, severity="error", markup=False, timeout=8)

    def on_acting_screen_done(self, message: ActingScreen.Done) -> None:
        """What was done after its screen was left."""
        self.notify(message.said, severity="error" if message.bad else "information", markup=False)

    def on_synced(self, message: Synced) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, Hears):
                screen.synced(message)

    def on_going(self, message: Going) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, InboxScreen):
                screen.going(message)

    def on_discovered(self, _message: Discovered) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, InboxScreen):
                screen.reload()

    def open(self, change: Change) -> None:
        """Open one change; one that nobody submitted is submitted by this."""
        from reviewer.tui.review_screen import ReviewScreen

        self.push_screen(ReviewScreen(self.desk, self.paint, self.reading, self.sealing, self.acting, change))

    def on_inbox_screen_opened(self, message: InboxScreen.Opened) -> None:
        self.open(message.change)

    def leave(self) -> None:
        """End; what was decided and not sent yet is kept, and the last line says so."""
        if not self.sealing.finish(SEALING_SECONDS):
            self.farewell.append("a verdict was not sealed yet, and is not given: look with: reviewer outbox")
        waiting = [item for item in self.desk.outbox() if item.state.value in ("sealed", "sending")]
        if waiting:
            self.farewell.append(f"{len(waiting)} not sent yet, kept in the outbox; send them with: reviewer sync")
        self.exit()
