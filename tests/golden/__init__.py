"""Golden databases: one of each release, with everything in it that people do, to be upgraded by every later version.

When a version is released:  python -m tests.golden.make
"""

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent
RELEASES = {"0.1.0": "0005"}  # the revision that each version was released with
FILES = sorted(FOLDER.glob("*.db.gz"))  # named by revision; SQLite's own


def unpack(revision: str, target: Path) -> Path:
    target.write_bytes(gzip.decompress((FOLDER / f"{revision}.db.gz").read_bytes()))
    return target
