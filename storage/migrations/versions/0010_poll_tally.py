"""Indices that voting needs: to count by without reading the votes, and to find whose room a poll stands in."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_vote_tally", "vote", ["poll_id", "number"])
    op.create_index("ix_group_place_id", "group", ["place_id"])
