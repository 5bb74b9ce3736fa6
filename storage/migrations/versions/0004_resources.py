"""The library and its search index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# SQLite's full-text index.  storage.resources keeps it: triggers may not touch it where the schema is not trusted.
INDEX = """
CREATE VIRTUAL TABLE resource_search USING fts5(
    title, tags, words, tokenize = "porter unicode61 remove_diacritics 2", prefix = '2 3'
)
"""


def upgrade() -> None:
    op.create_table(
        "searchmiss",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_searchmiss_community_id_community")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_searchmiss")),
    )
    op.create_index(op.f("ix_searchmiss_community_id"), "searchmiss", ["community_id"], unique=False)
    op.create_table(
        "resource",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("url_key", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("quote", sa.String(), nullable=False),
        sa.Column("message_url", sa.String(), nullable=False),
        sa.Column("author_id", sa.String(), nullable=True),
        sa.Column("contact_id", sa.String(), nullable=True),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("group_id", sa.String(), nullable=True),
        sa.Column("outside", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_resource_author_id_member")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_resource_community_id_community")),
        sa.ForeignKeyConstraint(["contact_id"], ["member.id"], name=op.f("fk_resource_contact_id_member")),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_resource_group_id_group")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_resource_member_id_member")),
        sa.ForeignKeyConstraint(["removed_by"], ["member.id"], name=op.f("fk_resource_removed_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
        sa.UniqueConstraint("number", name=op.f("uq_resource_number")),
    )
    op.create_index("ix_resource_address", "resource", ["community_id", "url_key"], unique=False)
    op.create_index(op.f("ix_resource_community_id"), "resource", ["community_id"], unique=False)
    op.create_index(op.f("ix_resource_group_id"), "resource", ["group_id"], unique=False)
    op.create_index(op.f("ix_resource_member_id"), "resource", ["member_id"], unique=False)
    op.create_table(
        "quoterequest",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_quoterequest_community_id_community")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_quoterequest_member_id_member")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_quoterequest_resource_id_resource")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quoterequest")),
    )
    op.create_index(op.f("ix_quoterequest_community_id"), "quoterequest", ["community_id"], unique=False)
    op.create_index(op.f("ix_quoterequest_member_id"), "quoterequest", ["member_id"], unique=False)
    op.create_index(op.f("ix_quoterequest_resource_id"), "quoterequest", ["resource_id"], unique=False)
    op.create_table(
        "resourcenote",
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("member_id", sa.String(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["community_id"], ["community.id"], name=op.f("fk_resourcenote_community_id_community")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_resourcenote_member_id_member")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_resourcenote_resource_id_resource")),
        sa.PrimaryKeyConstraint("resource_id", "member_id", name=op.f("pk_resourcenote")),
    )
    op.create_index(op.f("ix_resourcenote_community_id"), "resourcenote", ["community_id"], unique=False)
    op.create_table(
        "resourcetag",
        sa.Column("resource_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("community_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_resourcetag_community_id_community")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_resourcetag_resource_id_resource")),
        sa.PrimaryKeyConstraint("resource_id", "tag", name=op.f("pk_resourcetag")),
    )
    op.create_index(op.f("ix_resourcetag_community_id"), "resourcetag", ["community_id"], unique=False)
    op.create_index(op.f("ix_resourcetag_tag"), "resourcetag", ["tag"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        op.execute(INDEX)
