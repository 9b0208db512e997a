"""The image, a bench for it, and a board that is on: for tests that boot."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.image.authority import Authority
from tests.image.guest import Key
from tests.image.lab import Lab, image
from tests.image.machine import Machine
from tests.image.twin import Twin

EVIDENCE = ROOT / "build/failed"
"""What is left of tests that failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Save what tells why, where a test with a bench failed."""
    report = yield
    lab = getattr(item, "funcargs", {}).get("lab")
    if report.failed and isinstance(lab, Lab):
        folder = EVIDENCE / item.name.translate(str.maketrans("/[]", "---"))
        lab.evidence(folder)
        report.sections.append(("left to look at", f"console, screen and journal of its boards: {folder}"))
    return report


@pytest.fixture(scope="session")
def built() -> Path:
    """The built image, raw."""
    path = image()
    if not path.exists():
        pytest.fail(f"{path} is not there: `make image` builds it")
    return path


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the host."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    """What opens the boards' ssh."""
    return Key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def lab(built: Path, authority: Authority, key: Key) -> Iterator[Lab]:
    """A bench that the tests of a module share."""
    # Not pytest's folder, which keeps the last three runs: a card is a gigabyte.
    folder = Path(tempfile.mkdtemp(prefix="moodpost-lab-"))
    lab = Lab(folder, built, authority, key)
    yield lab
    lab.close()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def twin(lab: Lab) -> Twin:
    """The kiosk drawn here that the tests of a module hold a board's pictures on."""
    return lab.twin()


@pytest.fixture(scope="module")
def booted(lab: Lab) -> Machine:
    """A board with everything plugged in that was switched on with a new card; the tests of a module share it."""
    return lab.boot(lab.card())
