"""The databases of the tests: each is as new, whatever the test before did to it."""

from sqlalchemy import inspect
from sqlmodel import Session

from tests.databases import Database, Databases, lent
from tests.storing import community

ROWS = 'SELECT * FROM "{}"'
FORGED = ("UPDATE alembic_version SET version_num = '9999_later'", "DELETE FROM compatible")


def contents(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every table that has any."""
    names = [name for name in inspect(database.engine).get_table_names() if "_search" not in name]
    return {name: found for name in names if (found := database.rows(ROWS.format(name)))}


def test_a_database_that_is_lent_again_has_in_it_what_a_new_one_has(databases: Databases) -> None:
    with lent(databases) as one:
        new = contents(one)
        with Session(one.engine) as db:
            db.add(community("left behind"))
            db.commit()
        one.runs(*FORGED)
        assert contents(one).keys() == {"alembic_version", "community"}

    with lent(databases) as another:
        assert contents(another) == new
    assert new.keys() == {"alembic_version", "compatible"}
