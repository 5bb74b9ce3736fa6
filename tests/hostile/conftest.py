"""The long form, and what both forms count."""

import os

import pytest


@pytest.fixture(scope="session")
def long_form() -> bool:
    """Everything with everything, which takes minutes; the short form takes turns."""
    return os.environ.get("HOSTILE") == "long"
