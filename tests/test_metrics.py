"""Numbers about the bot itself: named alike, of few labels, and none of them about a person."""

import re

from prometheus_client.parser import text_string_to_metric_families

from bot import metrics
from bot.metrics import Beat, Recently

PROMISED = {
    "outbox_pending", "outbox_oldest_due_seconds", "delivery_lateness_seconds", "delivery", "ambiguous", "dead_letters",
    "inbox_duplicates", "invalid_requests_10m", "gateway_resumes", "loop_lag_seconds", "db_commit_seconds",
    "identify_today",
}  # fmt: skip
LABELS = {"outcome", "platform", "resolution", "action", "source", "status", "version", "le"}


def test_everything_that_was_promised_is_there_under_one_prefix() -> None:
    families = list(text_string_to_metric_families(metrics.exposition().decode()))

    assert {f"commonplace_{name}" for name in PROMISED} <= {family.name for family in families}
    assert all(re.fullmatch(r"commonplace_[a-z0-9_]+", family.name) for family in families)
    assert all(family.documentation for family in families)


def test_no_label_can_hold_a_person() -> None:
    metrics.deliveries.labels("sent", "discord").inc()
    metrics.invalid_request("slack")

    samples = [s for f in text_string_to_metric_families(metrics.exposition().decode()) for s in f.samples]

    assert {label for sample in samples for label in sample.labels} <= LABELS


def test_what_happened_long_ago_is_forgotten() -> None:
    now = 0.0
    recently = Recently(600, lambda: now)

    recently.happened()
    now = 300.0
    recently.happened()
    assert recently.count() == 2
    now = 600.0
    assert recently.count() == 1
    now = 2000.0
    assert recently.count() == 0


def test_refused_requests_of_ten_minutes_are_counted_for_each_platform() -> None:
    before = metrics.value("invalid_requests_10m", platform="discord")

    metrics.invalid_request("discord")
    metrics.invalid_request("discord")

    assert metrics.value("invalid_requests_10m", platform="discord") == before + 2


def test_a_beat_that_never_came_has_no_age() -> None:
    now = 5.0
    beat = Beat(lambda: now)
    assert beat.age() is None

    beat.beat()
    now = 8.0

    assert beat.age() == 3.0
