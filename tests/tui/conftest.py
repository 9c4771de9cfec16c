import os
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _one_time_zone() -> Iterator[None]:
    """Times of day are drawn in local time: here it is the same everywhere."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()
