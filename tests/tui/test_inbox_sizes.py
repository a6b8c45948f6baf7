"""The inbox at every size, dark and light: wide and long titles stay in their columns, run and age in sight."""

from collections.abc import Callable

from stage import Place, opened, until_shown

WIDE = "日本語のタイトルがとても長いのでどこかで切られるはずです 😀 and more " * 3
LONG = "Teach the parser " + "very " * 60 + "long things"


async def test_wide_and_long_titles_keep_their_columns(make_place: Callable[..., Place]) -> None:
    place = make_place()
    place.submitted("claude/日本語", {"a.py": 'K = "AKIAQWERTYUIOPASDFGH"\n'}, title=WIDE)
    place.submitted("claude/fix-parser", {"b.py": "y = 2\n"}, title=LONG)
    for size in ((80, 24), (120, 40), (200, 60)):
        for theme in ("dark", "light"):
            async with opened(place, size, theme=theme) as (_app, pilot):
                # `until_shown` checks that every line fills the screen's width exactly.
                shown = await until_shown(pilot, "2 to review", "critical, 1 finding")
                heads, *_ = [line for line in shown.split("\n") if line.startswith("  risk")]
                for title, risk in (("日本語", "‼ critical 1"), ("Teach the parser", "- none")):
                    row = next(line for line in shown.split("\n") if title in line and risk in line)
                    assert "…" in row, "a cut is told"
                    assert "- none" in row, "how it ran"
                    assert row.index(risk) == heads.index("risk")
                assert shown.split("\n")[-1].strip().startswith("enter open")
