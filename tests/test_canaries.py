"""The canaries sing: a test that lets a secret out fails, whatever it asserts."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage.store.sqlite import SqliteStore
from tests.canaries import DISCORD_TOKEN, SLACK_BOT_TOKEN, leaks
from tests.storing import adding

ROOT = Path(__file__).parent.parent
LEAKING = f"""
import logging

def test_logs() -> None:
    logging.getLogger("bot").info("connecting with %s", {DISCORD_TOKEN!r})

def test_prints() -> None:
    print({SLACK_BOT_TOKEN!r})

def test_writes(tmp_path) -> None:
    (tmp_path / "export.json").write_text({SLACK_BOT_TOKEN!r})

def test_keeps_quiet(tmp_path) -> None:
    (tmp_path / ".env").write_text({SLACK_BOT_TOKEN!r})
"""


def test_a_test_that_lets_a_secret_out_fails(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n")
    (tmp_path / "test_leaking.py").write_text(LEAKING)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "--log-level=INFO", "--rootdir", str(tmp_path)],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "4 passed, 3 errors" in done.stdout, done.stdout
    for where in (
        f"{DISCORD_TOKEN} in Captured log call",
        f"{SLACK_BOT_TOKEN} in Captured stdout call",
        f"{SLACK_BOT_TOKEN} in the file export.json",
    ):
        assert f"secrets leaked: {where}" in done.stdout


@pytest.mark.parametrize("closed", [False, True])
def test_a_secret_in_the_database_is_found_whether_it_is_in_the_file_or_in_its_log(
    tmp_path: Path, template: Path, closed: bool
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "store.db").write_bytes(template.read_bytes())
    store = SqliteStore(folder / "store.db")
    store.submit(adding("a", words=f"my token is {DISCORD_TOKEN}")).result()
    if closed:
        store.close()

    found = list(leaks([], folder))

    assert found == [f"{DISCORD_TOKEN} in the file store.db{'' if closed else '-wal'}"]
    if not closed:
        store.close()
    (folder / "store.db").unlink()  # or this very test would fail
