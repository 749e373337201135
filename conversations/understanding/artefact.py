"""Where the trained model lives, and having one: trained when missing or when the data changed.

Safe when many processes start at once: one trains under a file lock while the others wait for it; a model becomes
current by an atomic rename. Training runs in a process of its own, so that the serving one never imports
scikit-learn.
"""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from conversations.understanding import additions, classifier, corpus
from conversations.understanding.additions import Addition

logger = logging.getLogger(__name__)

TRAINING_SECONDS: Final = 900
"""Fifteen times what training takes on two free cores; a machine slower than that serves keyword rules."""
_LOCK_WAIT: Final = 0.2


def model_directory() -> Path:
    """`NLU_MODEL_DIR`, or `.local/models/nlu` under the project."""
    configured = os.environ.get("NLU_MODEL_DIR")
    if configured:
        return Path(configured)
    base = Path(__file__).resolve().parents[2]
    with contextlib.suppress(Exception):  # outside Django the project root is where this file says
        from django.conf import settings

        if settings.configured:
            base = Path(settings.BASE_DIR)
    return base / ".local" / "models" / "nlu"


def is_fresh(directory: Path) -> bool:
    """Whether the current model was trained from the data and code as they are now."""
    try:
        manifest = classifier.read_manifest(directory)
        return bool(manifest["fingerprint"] == corpus.fingerprint(additions=_added(directory, manifest)))
    except (classifier.ModelUnusableError, KeyError, OSError):
        return False


def _added(directory: Path, manifest: Mapping[str, Any]) -> Path | None:
    """The installation's own examples a model was trained with; None for the product's data alone."""
    return additions.path_of(directory, str(manifest["version"])) if manifest.get("additions") else None


def ensure(directory: Path) -> None:
    """Have a fresh model in `directory`. Raises `classifier.ModelUnusableError` when it cannot be trained."""
    if is_fresh(directory):
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _locked(directory / "training.lock"):
            if not is_fresh(directory):
                _train(directory, *_with_current_additions(directory))
    except OSError as error:
        raise classifier.ModelUnusableError(f"cannot train into {directory}: {error}") from error


def _with_current_additions(directory: Path) -> list[str]:
    """A new release trains again with what the installation had added."""
    try:
        added = _added(directory, classifier.read_manifest(directory))
    except (classifier.ModelUnusableError, KeyError):
        return []
    return ["--added", str(added)] if added is not None and added.exists() else []


def train_candidate(directory: Path, added: Sequence[Addition]) -> str:
    """Train a version with these additions beside the current one, which stays; returns its name.

    Raises:
        classifier.ModelUnusableError: it cannot be trained.
    """
    wanted = directory / "candidate.additions.jsonl"
    try:
        with _locked(directory / "training.lock"):
            wanted.write_text(additions.as_text(added), encoding="utf-8")
            version = corpus.fingerprint(additions=wanted)[:12]
            if version not in classifier.versions(directory):
                _train(directory, "--added", str(wanted), "--candidate")
            wanted.unlink()
    except OSError as error:
        raise classifier.ModelUnusableError(f"cannot train into {directory}: {error}") from error
    return version


def _train(directory: Path, *options: str) -> None:
    logger.info("training the intent model into %s", directory)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "conversations.understanding.train", str(directory), *options],
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            timeout=TRAINING_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise classifier.ModelUnusableError(f"training took more than {TRAINING_SECONDS} s") from error
    if done.returncode:
        raise classifier.ModelUnusableError(f"training failed: {done.stderr[-500:]}")


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """An exclusive lock that dies with its process; gives up after the time training may take."""
    deadline = time.monotonic() + TRAINING_SECONDS
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise classifier.ModelUnusableError("another process has been training for too long") from None
                time.sleep(_LOCK_WAIT)
        yield
