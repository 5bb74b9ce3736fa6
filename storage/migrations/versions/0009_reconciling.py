"""When a space's people were last compared, and when a seat was last restored."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("space", sa.Column("listed", sa.DateTime(timezone=True), nullable=True))
    op.add_column("seat", sa.Column("restored", sa.DateTime(timezone=True), nullable=True))
