"""One trained engine for all tests of understanding; trained on demand like at any start of the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from conversations.understanding import artefact
from conversations.understanding.engine import EmbeddedEngine


@pytest.fixture(scope="session")
def model_directory() -> Path:
    directory = artefact.model_directory()
    artefact.ensure(directory)
    return directory


@pytest.fixture(scope="session")
def engine(model_directory: Path) -> EmbeddedEngine:
    return EmbeddedEngine.from_directory(model_directory)
