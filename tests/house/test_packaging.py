"""Themes are found from a clone, an editable install, a wheel, and a wheel made from the sdist alike."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]


def build(source: Path, to: Path, kind: str) -> Path:
    code = f"import hatchling.build as b, os; os.chdir({str(source)!r}); print(b.build_{kind}({str(to)!r}))"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return to / run.stdout.split()[-1]


def themes_in(wheel: Path, unpacked: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    code = "from reviewer import settings; print(settings.__file__, settings.theme_names(), settings.theme('dark'))"
    run = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r}); {code}"],
        check=True,
        capture_output=True,
        text=True,
        cwd=unpacked,
    )
    assert run.stdout.startswith(str(unpacked)), run.stdout
    return run.stdout.split(" ", 1)[1]


def test_wheel_and_wheel_from_sdist_carry_the_same_themes_as_the_clone(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    from reviewer.settings import theme, theme_names

    expected = f"{theme_names()} {theme('dark')}\n"
    direct = build(CLONE, tmp_path, "wheel")
    assert themes_in(direct, tmp_path / "direct") == expected
    with tarfile.open(build(CLONE, tmp_path, "sdist")) as archive:
        archive.extractall(tmp_path / "sdist", filter="data")
    (source,) = (tmp_path / "sdist").iterdir()
    second = build(source, tmp_path / "sdist", "wheel")
    assert themes_in(second, tmp_path / "again") == expected
    with zipfile.ZipFile(direct) as one, zipfile.ZipFile(second) as two:
        assert sorted(one.namelist()) == sorted(two.namelist())
