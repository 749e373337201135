"""Running a function in a forked child, as a prefork worker does, and getting its answer back."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any


class Child:
    """A forked process that runs one function; `result` waits for its JSON answer."""

    def __init__(self, function: Callable[[], Any]) -> None:
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.close(reading)
                os.write(writing, json.dumps(function()).encode())
                os._exit(0)
            except BaseException as error:
                os.write(writing, json.dumps(f"child failed: {error!r}").encode())
                os._exit(1)
        os.close(writing)
        self._reading = reading

    def result(self) -> Any:
        """What the function returned."""
        with os.fdopen(self._reading, "rb") as pipe:
            answer = json.loads(pipe.read())
        _, status = os.waitpid(self.pid, 0)
        assert status == 0, answer
        return answer
