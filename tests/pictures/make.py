"""Makes the README's pictures: the real screens over the demonstration's five changes, each really run and scanned.

python tests/pictures/make.py            # writes *.svg beside this file
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from reviewer.demo.ending import remove, stop_gate
from reviewer.demo.place import Place, claim
from reviewer.demo.repository import make_repository
from reviewer.settings import theme, theme_names
from reviewer.tui.app import ReviewerApp
from reviewer.wiring import make_desk

HERE = Path(__file__).parent
SIZE = (132, 38)


def picture(app: ReviewerApp, name: str) -> None:
    """One screen as it is, without fonts from elsewhere."""
    svg = re.sub(r"@font-face \{.*?\}\s*", "", app.export_screenshot(title=f"reviewer: {name}"), flags=re.DOTALL)
    svg = svg.replace("Fira Code", "monospace").replace("<text ", '<text xml:space="preserve" ')
    # What differs from run to run would make every new picture another file.
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    (HERE / f"{name}.svg").write_text("".join(line.rstrip() + "\n" for line in svg.splitlines()))


async def take(place: Place) -> None:
    app = ReviewerApp(make_desk(place.home, place.work), {name: theme(name) for name in theme_names()}, "dark")
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(300):
            await pilot.pause(0.1)
            rows = app.desk.changes()
            if len(rows) == 5 and all(row.run in ("passed", "failed") for row in rows):
                break
        await pilot.pause(1)
        picture(app, "inbox")
        await pilot.press("g", "enter")
        await pilot.pause(2)
        await pilot.press("f")
        await pilot.pause(1)
        picture(app, "review")
        await pilot.press("a")
        await pilot.pause(1)
        picture(app, "decide")
        await pilot.press("escape", "u", "j", "enter")
        await pilot.pause(2)
        await pilot.press("3", "enter")
        await pilot.pause(1)
        await pilot.press("4")
        await pilot.pause(1)
        picture(app, "run")
        app.exit()


def main() -> None:
    place = Place(Path(tempfile.mkdtemp(prefix="reviewer-pictures-")).resolve())
    lock, _ = claim(place)
    with lock:
        os.environ.update(place.environment(os.environ))
        make_repository(place, require_run=True)
        command = [sys.executable, "-P", "-m", "reviewer.demo.agents", "keep", str(place.root)]
        agents = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
        try:
            asyncio.run(take(place))
        finally:
            assert agents.stdin is not None
            agents.stdin.close()
            agents.wait(10)
            stop_gate(place.home)
            remove(place)


if __name__ == "__main__":
    main()
