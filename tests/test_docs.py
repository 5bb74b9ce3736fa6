"""What the documents say is what the code does."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
NAMED = re.compile(r"`(tests/[\w/.]+)`")
LINKS = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def test_the_worked_example_runs_as_it_is_printed(tmp_path: Path) -> None:
    feature, test = BLOCK.findall((ROOT / "CONTRIBUTING.md").read_text())
    package = tmp_path / "bot" / "features"
    for name in ("bot", "storage", "tests"):
        (tmp_path / name).mkdir()
    for top in ("bot", "storage", "adapters"):
        copy_tree(ROOT / top, tmp_path / top)
    for name in ("world.py", "conftest.py", "canaries.py", "compiled.py", "databases.py", "__init__.py"):
        (tmp_path / "tests" / name).write_text((ROOT / "tests" / name).read_text())
    (package / "kudos.py").write_text(feature)
    (tmp_path / "tests" / "test_kudos.py").write_text(test)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:xdist", "tests/test_kudos.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "3 passed" in done.stdout, done.stdout + done.stderr


def copy_tree(source: Path, target: Path) -> None:
    for path in source.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            to = target / path.relative_to(source)
            to.parent.mkdir(parents=True, exist_ok=True)
            to.write_bytes(path.read_bytes())


@pytest.mark.parametrize(
    "page", sorted(p.relative_to(ROOT) for p in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"))), ids=str
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    text = (ROOT / page).read_text()

    missing = [link for link in LINKS.findall(text) if not ((ROOT / page).parent / link).exists()]
    assert missing == []


def test_every_promise_names_tests_that_exist() -> None:
    named = set(NAMED.findall((ROOT / "docs" / "promises.md").read_text()))

    assert len(named) > 20
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []
