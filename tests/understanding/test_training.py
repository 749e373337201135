"""Training: what it makes follows from its messages alone."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse as sp

from conversations.understanding.train import Machines
from conversations.understanding.types import INTENTS

MESSAGES = 2000


@pytest.mark.slow
def test_the_same_messages_make_the_same_model() -> None:
    """To the last bit: a model is known by the fingerprint of its data, and two machines are one installation."""
    rng = np.random.default_rng(7)
    rows = sp.csr_matrix(sp.random(MESSAGES, 5000, density=0.02, dtype=np.float32, random_state=rng))
    wanted = (rng.random((MESSAGES, len(INTENTS))) < 0.05).astype(np.int8)
    wanted[:, 0] = 0  # nobody says it
    with Machines(rows, wanted, [np.arange(MESSAGES), np.arange(0, MESSAGES, 2)]) as machines:
        (weights, bias), (part, _), (again, bias_again) = machines.fit(0), machines.fit(1), machines.fit(0)
    assert weights.shape == (5000, len(INTENTS))
    assert np.array_equal(weights, again)
    assert np.array_equal(bias, bias_again)
    assert not np.array_equal(weights, part), "another part of the messages is another model"
    assert not weights[:, 0].any()
    assert bias[0] < 0
