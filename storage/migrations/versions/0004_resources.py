"""The library and its search index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# What is searched: titles, tags, and all other words.  The index is kept by triggers, under the number of a resource.
SOURCE = """
CREATE VIEW resource_search_source AS
SELECT
    r.number AS number,
    r.title AS title,
    (SELECT coalesce(group_concat(t.tag, ' '), '') FROM resourcetag t WHERE t.resource_id = r.id) AS tags,
    r.why || ' ' || r.quote || ' ' || r.url_key || ' ' ||
    (SELECT coalesce(group_concat(n.why, ' '), '') FROM resourcenote n WHERE n.resource_id = r.id) AS words
FROM resource r WHERE r.state = 'shared'
"""
INDEX = """
CREATE VIRTUAL TABLE resource_search USING fts5(
    title, tags, words, tokenize = "porter unicode61 remove_diacritics 2", prefix = '2 3'
)
"""
DROP = "DELETE FROM resource_search WHERE rowid = {number};"
PUT = (
    "INSERT INTO resource_search(rowid, title, tags, words) "
    "SELECT number, title, tags, words FROM resource_search_source WHERE number = {number};"
)
OF_CHILD = "(SELECT number FROM resource WHERE id = {row}.resource_id)"
TRIGGERS = {
    "resource_search_insert": ("AFTER INSERT ON resource", PUT, "new.number"),
    "resource_search_update": ("AFTER UPDATE ON resource", DROP + PUT, "new.number"),
    "resource_search_delete": ("AFTER DELETE ON resource", DROP, "old.number"),
    "resource_search_tag": ("AFTER INSERT ON resourcetag", DROP + PUT, OF_CHILD.format(row="new")),
    "resource_search_untag": ("AFTER DELETE ON resourcetag", DROP + PUT, OF_CHILD.format(row="old")),
    "resource_search_note": ("AFTER INSERT ON resourcenote", DROP + PUT, OF_CHILD.format(row="new")),
    "resource_search_renote": ("AFTER UPDATE ON resourcenote", DROP + PUT, OF_CHILD.format(row="new")),
    "resource_search_denote": ("AFTER DELETE ON resourcenote", DROP + PUT, OF_CHILD.format(row="old")),
}


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
        sa.Column("member_id", sa.String(), nullable=False),
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
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_resource_author_id_member")),
        sa.ForeignKeyConstraint(["community_id"], ["community.id"], name=op.f("fk_resource_community_id_community")),
        sa.ForeignKeyConstraint(["contact_id"], ["member.id"], name=op.f("fk_resource_contact_id_member")),
        sa.ForeignKeyConstraint(["group_id"], ["group.id"], name=op.f("fk_resource_group_id_group")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_resource_member_id_member")),
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
        make_index()


def make_index() -> None:
    op.execute(SOURCE)
    op.execute(INDEX)
    for name, (moment, work, number) in TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {moment} BEGIN {work.format(number=number)} END")
