"""The intent model at serving time: sparse n-gram features times a matrix, then calibrated probabilities.

Needs numpy only. A model is two files, `<version>.npz` (arrays, loaded without pickle) and `<version>.json` (labels,
calibration, checksum of the arrays); a file that does not match its checksum is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from conversations.understanding.entities import Extraction
from conversations.understanding.features import vector
from conversations.understanding.types import Scored

FORMAT: Final = 1
"""Of the artefact; a model of another format is not loaded but trained again."""
GROUP_WEIGHTS: Final = (1.0, 1.0, 0.5, 0.8)
"""Length of the word, letter and hint part of a feature vector; hints are few and must not drown the words."""

KEPT: Final = 4
"""Models in the directory, the current one included; each has about 8 MB."""

Floats = npt.NDArray[np.float32]


class ModelUnusableError(Exception):
    """The artefact is missing, damaged or of another format; says which."""


@dataclass(frozen=True, slots=True)
class Model:
    """Arrays and calibration of a trained model."""

    version: str
    labels: tuple[str, ...]
    keys: npt.NDArray[np.uint32]
    """Feature hashes, ascending."""
    idf: Floats
    weights: Floats
    """features × labels."""
    bias: Floats
    scale: Floats
    """Per label: margins are multiplied by it …"""
    shift: Floats
    """… and moved by this before the softmax (fitted on out-of-fold margins)."""
    apart_scale: Floats
    apart_shift: Floats
    """Per label: probability that the message says this among other things (Platt)."""
    thresholds: Mapping[str, float]
    words: Mapping[str, tuple[float, float, float]]
    """Word evidence for language detection."""
    manifest: Mapping[str, Any]

    def margins(self, found: Extraction, slot: str | None) -> Floats:
        """The uncalibrated score of every label."""
        columns, values = self.weigh(*vector(found, slot))
        if not len(columns):
            return self.bias
        return np.asarray(values @ self.weights[columns].astype(np.float32) + self.bias, dtype=np.float32)

    def weigh(self, hashes: list[int], counts: list[float], groups: list[int]) -> tuple[npt.NDArray[np.intp], Floats]:
        """Columns and normalised weights of a message's known features."""
        return weigh(hashes, counts, groups, keys=self.keys, idf=self.idf)

    def probabilities(self, margins: Floats) -> Floats:
        """Calibrated probability of each label to be the main one; they sum to one."""
        scaled = margins * self.scale + self.shift
        raised = np.exp(scaled - scaled.max())
        return np.asarray(raised / raised.sum(), dtype=np.float32)

    def apart(self, margins: Floats) -> Floats:
        """Probability of each label on its own to be said in the message."""
        return np.asarray(1.0 / (1.0 + np.exp(-(margins * self.apart_scale + self.apart_shift))), dtype=np.float32)

    def rank(self, found: Extraction, slot: str | None) -> tuple[tuple[Scored, ...], Mapping[str, float]]:
        """(labels best first with probabilities, probability of each to be said at all)."""
        margins = self.margins(found, slot)
        shares, apart = self.probabilities(margins), self.apart(margins)
        order = np.argsort(-shares, kind="stable")
        ranked = tuple(Scored(self.labels[index], float(shares[index])) for index in order)
        return ranked, {label: float(value) for label, value in zip(self.labels, apart, strict=True)}


def weigh(
    hashes: list[int], counts: list[float], groups: list[int], *, keys: npt.NDArray[np.uint32], idf: Floats
) -> tuple[npt.NDArray[np.intp], Floats]:
    """Known features as (columns, values): inverse document frequency, each group brought to its own length."""
    wanted = np.asarray(hashes, dtype=np.uint32)
    if not len(wanted) or not len(keys):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.float32)
    columns = np.searchsorted(keys, wanted)
    columns[columns == len(keys)] = 0
    known = keys[columns] == wanted
    columns = columns[known]
    values = np.asarray(counts, dtype=np.float32)[known]
    kinds = np.asarray(groups, dtype=np.int8)[known]
    values = values * np.where(kinds == 2, np.float32(1), idf[columns])
    for kind, weight in enumerate(GROUP_WEIGHTS):
        mask = kinds == kind
        length = float(np.sqrt(np.square(values[mask]).sum())) if kind != 2 else 1.0
        if length > 0:
            values[mask] *= weight / length
    return columns, values.astype(np.float32)


def save(
    directory: Path, *, arrays: Mapping[str, npt.NDArray[Any]], manifest: Mapping[str, Any], current: bool = True
) -> str:
    """Write a model beside the others and, unless it is a candidate, make it the current one.

    Readers see the old or the new, never a half.
    """
    directory.mkdir(parents=True, exist_ok=True)
    version = str(manifest["version"])
    with tempfile.NamedTemporaryFile(dir=directory, suffix=".tmp", delete=False) as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    temporary = Path(file.name)
    checksum = hashlib.sha256(temporary.read_bytes()).hexdigest()
    temporary.chmod(0o644)
    temporary.replace(directory / f"{version}.npz")
    _write_json(directory / f"{version}.json", {**manifest, "format": FORMAT, "sha256": checksum})
    if current:
        activate(directory, version)
    _forget_old(directory, keep={version, *history(directory)[:2]})
    return version


def activate(directory: Path, version: str) -> None:
    """Make a stored version the current one. Raises `ModelUnusableError` when it cannot be loaded."""
    load(directory, version)
    before = [one for one in history(directory) if one != version]
    _write_json(directory / "current.json", {"version": version, "before": before[: KEPT - 1]})


def history(directory: Path) -> list[str]:
    """The versions that were current, the one in use first; those before it are what one can go back to."""
    try:
        found = json.loads((directory / "current.json").read_text(encoding="utf-8"))
        return [str(found["version"]), *(str(one) for one in found.get("before", ()))]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def versions(directory: Path) -> list[str]:
    """All stored versions, newest first."""
    manifests = [path for path in directory.glob("*.json") if path.name != "current.json"]
    return [path.stem for path in sorted(manifests, key=lambda path: path.stat().st_mtime, reverse=True)]


def _forget_old(directory: Path, *, keep: set[str]) -> None:
    """Remove all but the newest models, the one in use and the one before; some stay for comparing."""
    for version in [one for one in versions(directory) if one not in keep][KEPT - 1 :]:
        for suffix in (".npz", ".additions.jsonl", ".trial", ".json"):
            (directory / f"{version}{suffix}").unlink(missing_ok=True)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", dir=path.parent, suffix=".tmp", delete=False, encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, sort_keys=True)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).chmod(0o644)  # the one who trains need not be the one who serves
    Path(file.name).replace(path)


def read_manifest(directory: Path, version: str | None = None) -> dict[str, Any]:
    """The manifest of a version, or of the current one. Raises `ModelUnusableError`."""
    try:
        if version is None:
            version = str(json.loads((directory / "current.json").read_text(encoding="utf-8"))["version"])
        manifest = json.loads((directory / f"{version}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusableError(f"no readable model in {directory}: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ModelUnusableError(f"model {version} has another format")
    return manifest


def _check(path: Path, checksum: str) -> None:
    if hashlib.sha256(path.read_bytes()).hexdigest() != checksum:
        raise ModelUnusableError(f"{path.name} does not match its checksum")


def load(directory: Path, version: str | None = None) -> Model:
    """A model, checked against its checksum. Raises `ModelUnusableError`."""
    manifest = read_manifest(directory, version)
    path = directory / f"{manifest['version']}.npz"
    try:
        _check(path, str(manifest["sha256"]))
        with np.load(path, allow_pickle=False) as arrays:
            loaded = {name: arrays[name] for name in arrays.files}
        labels = tuple(manifest["labels"])
        word_rows = loaded["words"].tolist()
        return Model(
            version=str(manifest["version"]),
            labels=labels,
            keys=loaded["keys"],
            idf=loaded["idf"],
            weights=loaded["weights"],
            bias=loaded["bias"],
            scale=loaded["scale"],
            shift=loaded["shift"],
            apart_scale=loaded["apart_scale"],
            apart_shift=loaded["apart_shift"],
            thresholds={str(name): float(value) for name, value in manifest["thresholds"].items()},
            words={word: (row[0], row[1], row[2]) for word, row in zip(manifest["words"], word_rows, strict=True)},
            manifest={name: value for name, value in manifest.items() if name != "words"},
        )
    except ModelUnusableError:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ModelUnusableError(f"{path.name} cannot be read: {error}") from error
