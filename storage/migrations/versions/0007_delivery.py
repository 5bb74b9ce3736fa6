"""What the dispatcher needs: reasons, lanes that nothing blocks for good, halts, and a pulse."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDICES = {
    "ix_outbox_due": ("state = 'pending'", ["due", "seq"]),
    "ix_outbox_urgent": ("state = 'pending' AND priority <= 3", ["due", "seq"]),
    "ix_outbox_open": ("state IN ('pending', 'sending')", ["lane", "due", "seq"]),
}


def upgrade() -> None:
    for name in ("about", "folded", "reason"):
        op.add_column("outbox", sa.Column(name, sa.String(), nullable=False, server_default=sa.text("''")))
    op.add_column("outbox", sa.Column("refused", sa.Integer(), nullable=False, server_default=sa.text("0")))
    op.add_column("outbox", sa.Column("stuck", sa.DateTime(timezone=True), nullable=True))
    op.add_column("community", sa.Column("halted", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("opened", sa.DateTime(timezone=True), nullable=True))
    op.drop_index("ix_outbox_due", "outbox")
    op.drop_index("ix_outbox_lane", "outbox")
    for name, (where, columns) in INDICES.items():
        op.create_index(name, "outbox", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_outbox_state", "outbox", ["community_id", "state"])
    op.create_index("ix_account_opened", "account", ["space_id", "opened"])
    op.create_table(
        "pulse",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_pulse")),
    )
