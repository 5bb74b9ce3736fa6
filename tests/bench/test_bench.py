"""The benchmarks themselves: that each of them still measures something, in a size that takes no time."""

import json
from pathlib import Path

import pytest

from tests.bench.figures import Figure
from tests.bench.measuring import TINY, exponent, percentile
from tests.bench.peers import ROOT
from tests.bench.subjects import SUBJECTS, subject
from tests.bench.table import BEGIN, END, markdown, plain, write_between_marks
from tests.bench.town import Builder

HERE = ("votes", "growth", "open", "command", "due", "waiting", "late")
APART = tuple(name for name in SUBJECTS if name not in HERE)  # these start processes of their own


@pytest.fixture
def builder(tmp_path: Path) -> Builder:
    return Builder(tmp_path)


@pytest.mark.timeout(240)  # a dozen processes, on a machine that does other things too
@pytest.mark.parametrize("name", HERE + APART)
async def test_every_subject_still_measures_something(
    builder: Builder, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "postgresql":  # the one of all the tests: another would take longer to start than all this
        monkeypatch.setenv("TEST_POSTGRES_URL", request.getfixturevalue("server").url)

    found = [figure async for figure in subject(name)(builder, TINY)]

    assert found
    assert all(figure.ours >= 0 and figure.floor != 0 for figure in found)
    assert not [
        figure.what for figure in found if figure.unit == "" and figure.most == 0 and figure.ours
    ]  # lost, failed
    assert [Figure.from_json(figure.to_json()) for figure in found] == found


def test_a_figure_is_judged_by_its_ratio_where_it_has_a_floor() -> None:
    beside = Figure("1", "a vote", 400, "µs CPU", 50, "raw", most=8)
    alone = Figure("2", "an answer", 12, "ms", most=10)
    compared = Figure("4", "a card", 3, "x")

    assert (beside.ratio, beside.met, beside.bound) == (8, True, "≤ 8 ×")
    assert (alone.ratio, alone.met, alone.bound) == (None, False, "≤ 10 ms")
    assert (compared.met, compared.bound) == (None, "")


def test_growth_is_the_power_of_the_size() -> None:
    assert exponent([10, 100, 1000], [5, 5, 5]) == pytest.approx(0)
    assert exponent([10, 100, 1000], [1, 100, 10_000]) == pytest.approx(2)


def test_ninety_nine_of_a_hundred_wait_no_longer() -> None:
    assert percentile([*range(1, 101)], 99) == 99
    assert percentile([7.0], 99) == 7


def test_the_table_goes_between_the_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    figures = [Figure("1", "a vote", 600, "µs CPU", 50, "raw", most=8)]

    write_between_marks(page, markdown(figures, "Here."))
    write_between_marks(page, markdown(figures, "Here."))

    assert page.read_text("utf-8") == (
        f"before\n{BEGIN}\n"
        "| goal | what | ours | floor | ratio | to reach | met |\n|---|---|---|---|---|---|---|\n"
        "| 1 | a vote | 600 µs CPU | 50.0 µs CPU (raw) | 12.00 | ≤ 8 × | **no** |\n\n"
        f"Here. 0 of 1 goals met.\n{END}\nafter\n"
    )
    assert "no" in plain(figures, "Here.")


def test_the_readme_has_a_place_for_the_table() -> None:
    text = (ROOT / "README.md").read_text("utf-8")

    assert text.count(BEGIN) == text.count(END) == 1


def test_figures_travel_as_json() -> None:
    assert json.loads(Figure("1", "a vote", 1.0, "ms").to_json())["what"] == "a vote"
