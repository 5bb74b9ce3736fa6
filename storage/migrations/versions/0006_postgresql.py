"""What PostgreSQL has in its own way: numbers in the order of writing, and the index of words."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SEQUENCES = (("outbox", "seq"), ("resource", "number"))
# stems of English words, and no list of words that are left out: who searches for one finds it
SEARCH = (
    "CREATE TEXT SEARCH DICTIONARY commonplace_stem (TEMPLATE = snowball, LANGUAGE = english)",
    "CREATE TEXT SEARCH CONFIGURATION commonplace (PARSER = default)",
    "ALTER TEXT SEARCH CONFIGURATION commonplace ADD MAPPING FOR asciiword, word, numword WITH commonplace_stem",
    "ALTER TEXT SEARCH CONFIGURATION commonplace ADD MAPPING FOR int, uint, float, sfloat, version WITH simple",
)


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column in SEQUENCES:
        op.execute(f"CREATE SEQUENCE {table}_{column}_seq OWNED BY {table}.{column}")
    for statement in SEARCH:
        op.execute(statement)
    op.create_table(
        "resource_search",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.dialects.postgresql.TSVECTOR(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_resource_search")),
    )
    op.create_index(
        op.f("ix_resource_search_document"), "resource_search", ["document"], unique=False, postgresql_using="gin"
    )
