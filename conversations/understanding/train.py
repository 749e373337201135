"""Trains the intent model from the data files: deterministic, under a minute on two cores, scikit-learn only here.

    python -m conversations.understanding.train [directory]

One linear support vector machine per intent over hashed n-grams. Confidence is fitted on margins of messages the
model had not seen, with whole sections of a data file left out together, so that it reflects new phrasings and
not near copies.
"""

from __future__ import annotations

import argparse
import collections
import datetime as dt
import logging
import math
import multiprocessing
import random
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import scipy.optimize
import scipy.sparse as sp

from conversations.understanding import additions, augment, classifier, corpus
from conversations.understanding.corpus import Example
from conversations.understanding.decision import choose_thresholds
from conversations.understanding.entities import extract
from conversations.understanding.features import vector
from conversations.understanding.text import fold
from conversations.understanding.types import INTENTS, LANGUAGES, Situation

logger = logging.getLogger(__name__)

TODAY: Final = dt.date(2026, 11, 23)
"""Any fixed day: features keep that a date was said, never which."""
FOLDS: Final = 3
VARIANTS: Final = 1
"""Noisy forms of every second message: more cost time and gained nothing on the development sets."""
C: Final = 0.25
"""Regularisation, chosen on the development sets' A halves (0.1-1.0 differ by less than a point)."""
MIN_DOCUMENTS: Final = 2
SEED: Final = 20261123
Row = tuple[list[int], list[float], list[int]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Sample:
    """One row of training data: an example or a noisy variant of it."""

    row: Row
    intents: tuple[str, ...]
    group: int
    """Section of the data file; a section is never split between training and calibration."""
    original: bool


def featurise(text: str, *, language: str, slot: str | None) -> Row:
    """The feature row of a training text."""
    folded = fold(text)
    found = extract(folded, language=language, situation=Situation(today=TODAY, expected_slot=slot))  # type: ignore[arg-type]
    return vector(found, slot)


def samples(examples: Sequence[Example], *, count: int = VARIANTS) -> list[Sample]:
    """Rows of all examples and their noisy variants."""
    rng = random.Random(SEED)  # noqa: S311 - the same noise at every training
    sections: dict[tuple[str, int], int] = {}
    wanted: list[tuple[str, Example, int, bool]] = []
    for position, example in enumerate(examples):
        path, _, line = example.source.rpartition(":")
        # Data files are written in runs of like phrasings: twelve lines are about one run.
        group = sections.setdefault((path, int(line) // 12), len(sections))
        noisy = (
            augment.variants(example.text, language=example.language, intents=example.intents, rng=rng, count=count)
            if position % 2
            else []
        )
        wanted += [(text, example, group, index == 0) for index, text in enumerate([example.text, *noisy])]
    jobs = [(text, example.language, example.slot) for text, example, _, _ in wanted]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        rows = list(pool.map(_featurise_job, jobs, chunksize=500))
    return [
        Sample(row, example.intents, group, original)
        for row, (_, example, group, original) in zip(rows, wanted, strict=True)
    ]


def _featurise_job(job: tuple[str, str, str | None]) -> Row:
    text, language, slot = job
    return featurise(text, language=language, slot=slot)


def vocabulary(rows: Sequence[Row]) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.float32]]:
    """Feature hashes seen in at least `MIN_DOCUMENTS` messages, and their inverse document frequency."""
    seen: collections.Counter[int] = collections.Counter()
    for hashes, _, _ in rows:
        seen.update(set(hashes))
    kept = sorted(key for key, count in seen.items() if count >= MIN_DOCUMENTS)
    idf = [math.log((1 + len(rows)) / (1 + seen[key])) + 1 for key in kept]
    return np.asarray(kept, dtype=np.uint32), np.asarray(idf, dtype=np.float32)


def matrix(rows: Sequence[Row], keys: npt.NDArray[np.uint32], idf: npt.NDArray[np.float32]) -> sp.csr_matrix:
    """Rows × features."""
    pointers, columns, values = [0], [], []
    for hashes, counts, groups in rows:
        found, weights = classifier.weigh(hashes, counts, groups, keys=keys, idf=idf)
        columns.append(found)
        values.append(weights)
        pointers.append(pointers[-1] + len(found))
    return sp.csr_matrix((np.concatenate(values), np.concatenate(columns), pointers), shape=(len(rows), len(keys)))


def targets(intents: Sequence[tuple[str, ...]]) -> npt.NDArray[np.int8]:
    """Rows × labels: 1 where the message says it."""
    out = np.zeros((len(intents), len(INTENTS)), dtype=np.int8)
    for row, names in enumerate(intents):
        for name in names:
            out[row, INTENTS.index(name)] = 1
    return out


class Machines:
    """Fits one machine per label on chosen rows, in two processes.

    Not in threads: scikit-learn's liblinear draws the order of its steps from one generator per process, and two fits
    at a time would share it, so that the same data made another model each time.
    """

    def __init__(
        self, rows: sp.csr_matrix, wanted: npt.NDArray[np.int8], parts: Sequence[npt.NDArray[np.intp]]
    ) -> None:
        # As 64-bit numbers, which liblinear works with: each fit would make its own copy of them.
        self._given = (rows.astype(np.float64), wanted, parts)

    def __enter__(self) -> Machines:
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(2, mp_context=context, initializer=_take, initargs=self._given)
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def fit(self, part: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """(features × labels, bias) learnt from the rows of one part."""
        found = list(self._pool.map(_machine, [(part, label) for label in range(len(INTENTS))]))
        return (
            np.stack([weights for weights, _ in found], axis=1),
            np.asarray([bias for _, bias in found], dtype=np.float32),
        )


class _Taken:
    """What a process of `Machines` fits: the part it works on is cut out once."""

    rows: sp.csr_matrix
    wanted: npt.NDArray[np.int8]
    parts: Sequence[npt.NDArray[np.intp]]
    part: int | None = None
    cut: tuple[sp.csr_matrix, npt.NDArray[np.int8]]


def _take(rows: sp.csr_matrix, wanted: npt.NDArray[np.int8], parts: Sequence[npt.NDArray[np.intp]]) -> None:
    _Taken.rows, _Taken.wanted, _Taken.parts = rows, wanted, parts


def _machine(job: tuple[int, int]) -> tuple[npt.NDArray[np.float32], float]:
    from sklearn.svm import LinearSVC  # a second and a half that only these processes need

    part, label = job
    if _Taken.part != part:
        chosen = _Taken.parts[part]
        _Taken.part, _Taken.cut = part, (_Taken.rows[chosen], _Taken.wanted[chosen])
    rows, wanted = _Taken.cut
    column = wanted[:, label]
    if not column.any():
        return np.zeros(rows.shape[1], dtype=np.float32), -2.0
    machine = LinearSVC(C=C, tol=1e-2, random_state=SEED, max_iter=300)
    machine.fit(rows, column)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def split(made: Sequence[Sample]) -> list[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]]:
    """(rows to learn from, rows held out) of each fold: a section is in one of them, and original messages alone.

    Noisy variants are left out here: they cost half of the time and move no margin noticeably (measured).
    """
    groups = sorted({sample.group for sample in made})
    order = random.Random(SEED).sample(groups, len(groups))  # noqa: S311 - the same folds at every training
    fold_of = {group: index % FOLDS for index, group in enumerate(order)}
    folds = np.asarray([fold_of[sample.group] for sample in made])
    original = np.asarray([sample.original for sample in made])
    both = [
        (np.nonzero((folds != number) & original)[0], np.nonzero((folds == number) & original)[0])
        for number in range(FOLDS)
    ]
    return [(learn, held) for learn, held in both if len(held)]


def calibrate(margins: Floats, intents: Sequence[tuple[str, ...]]) -> tuple[Floats, Floats]:
    """(scale, shift) per label so that the softmax of margins is a probability: vector scaling, lightly regularised."""
    labels = margins.shape[1]
    primary = np.asarray([INTENTS.index(names[0]) for names in intents])
    rows = np.arange(len(primary))

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scale, shift = parameters[:labels], parameters[labels:]
        scaled = margins * scale + shift
        scaled -= scaled.max(axis=1, keepdims=True)
        shares = np.exp(scaled)
        shares /= shares.sum(axis=1, keepdims=True)
        cost = -np.log(shares[rows, primary] + 1e-12).mean()
        wrong = shares.copy()
        wrong[rows, primary] -= 1.0
        wrong /= len(primary)
        gradient = np.concatenate([(wrong * margins).sum(axis=0), wrong.sum(axis=0)])
        pull = 1e-3
        gradient[:labels] += 2 * pull * (scale - scale.mean())
        gradient[labels:] += 2 * pull * shift
        cost += pull * (np.square(scale - scale.mean()).sum() + np.square(shift).sum())
        return float(cost), gradient

    start = np.concatenate([np.full(labels, 3.0), np.zeros(labels)])
    found = scipy.optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return found.x[:labels], found.x[labels:]


def platt(margins: Floats, wanted: npt.NDArray[np.int8]) -> tuple[Floats, Floats]:
    """(scale, shift) per label so that the sigmoid of a margin is the probability that the label is said."""
    labels = margins.shape[1]
    scale, shift = np.full(labels, 3.0), np.full(labels, 0.0)
    for label in range(labels):
        column, said = margins[:, label], wanted[:, label].astype(np.float64)
        if said.sum() < 5:
            shift[label] = -3.0
            continue

        def loss(pair: Floats, column: Floats = column, said: Floats = said) -> tuple[float, Floats]:
            share = 1.0 / (1.0 + np.exp(-np.clip(column * pair[0] + pair[1], -40, 40)))
            cost = -(said * np.log(share + 1e-12) + (1 - said) * np.log(1 - share + 1e-12)).mean()
            wrong = (share - said) / len(said)
            return float(cost), np.asarray([(wrong * column).sum(), wrong.sum()])

        found = scipy.optimize.minimize(loss, np.asarray([3.0, 0.0]), jac=True, method="L-BFGS-B")
        scale[label], shift[label] = found.x
    return scale, shift


def language_words(examples: Sequence[Example]) -> tuple[list[str], npt.NDArray[np.float32]]:
    """Words seen at least twice and their smoothed log share in each language, relative to the mean."""
    counts = [collections.Counter[str]() for _ in LANGUAGES]
    for example in examples:
        index = LANGUAGES.index(example.language)
        counts[index].update(word for word in set(fold(example.text).text.split()) if word.isalpha())
    totals = [sum(1 for example in examples if example.language == language) or 1 for language in LANGUAGES]
    words = sorted(word for word in set().union(*counts) if sum(count[word] for count in counts) >= 2)
    rows = []
    for word in words:
        logs = [math.log((count[word] + 0.3) / (total + 1.0)) for count, total in zip(counts, totals, strict=True)]
        middle = sum(logs) / len(logs)
        rows.append([max(-3.0, min(3.0, value - middle)) for value in logs])
    return words, np.asarray(rows, dtype=np.float32).reshape(len(words), len(LANGUAGES))


def train(
    directory: Path, *, root: Path = corpus.DATA, added: Path | None = None, candidate: bool = False
) -> dict[str, Any]:
    """Train, calibrate, save as the current version, or beside it; returns what the manifest says.

    Same data, same model. `added` are an installation's own examples; a copy is kept under the version's name.
    """
    started = time.monotonic()
    examples = corpus.load(root) + (additions.read(added) if added else [])
    if not examples:
        raise corpus.CorpusError(f"no training messages under {root}")
    made = samples(examples)
    keys, idf = vocabulary([sample.row for sample in made if sample.original])
    rows, wanted = matrix([sample.row for sample in made], keys, idf), targets([sample.intents for sample in made])
    folds = split(made)
    with Machines(rows, wanted, [*(learn for learn, _ in folds), np.arange(len(made))]) as machines:
        margins = []
        for number, (_, held) in enumerate(folds):
            weights, bias = machines.fit(number)
            margins.append(rows[held] @ weights + bias)
        weights, bias = machines.fit(len(folds))
    held_margins = np.concatenate(margins).astype(np.float64)
    held_intents = [made[int(index)].intents for _, held in folds for index in held]
    scale, shift = calibrate(held_margins, held_intents)
    apart_scale, apart_shift = platt(held_margins, targets(held_intents))
    thresholds, report = choose_thresholds(held_margins * scale + shift, held_intents)
    words, evidence = language_words(examples)
    print_hash = corpus.fingerprint(root, added)
    manifest: dict[str, Any] = {
        "version": print_hash[:12],
        "fingerprint": print_hash,
        "labels": list(INTENTS),
        "thresholds": thresholds,
        "words": words,
        "examples": len(examples),
        "additions": added is not None,
        "features": len(keys),
        "held_out": report,
    }
    arrays: dict[str, npt.NDArray[Any]] = {
        "keys": keys,
        "idf": idf,
        "weights": weights.astype(np.float16),
        "bias": bias,
        "scale": scale.astype(np.float32),
        "shift": shift.astype(np.float32),
        "apart_scale": apart_scale.astype(np.float32),
        "apart_shift": apart_shift.astype(np.float32),
        "words": evidence,
    }
    if added is not None:
        kept = additions.path_of(directory, manifest["version"])
        if kept != added:
            kept.write_bytes(added.read_bytes())
    classifier.save(directory, arrays=arrays, manifest=manifest, current=not candidate)
    return {
        **{name: value for name, value in manifest.items() if name != "words"},
        "seconds": round(time.monotonic() - started, 1),
    }


def main(arguments: Sequence[str]) -> None:
    """`python -m conversations.understanding.train DIRECTORY [--added FILE] [--candidate]`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("directory", type=Path, nargs="?")
    parser.add_argument("--added", type=Path, default=None)
    parser.add_argument("--candidate", action="store_true")
    given = parser.parse_args(arguments)
    from conversations.understanding.artefact import model_directory

    summary = train(given.directory or model_directory(), added=given.added, candidate=given.candidate)
    logger.info("trained", extra={"version": summary["version"]})
    sys.stdout.write(f"{summary['version']} {summary['seconds']} s {summary['held_out']}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
