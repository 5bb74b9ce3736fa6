"""An index to count the votes of a poll by, without reading them."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_vote_tally", "vote", ["poll_id", "number"])
