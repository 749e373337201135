"""`python -m hotel_agent.launch`: services, migrations, language model, demo hotel, then the programs until Ctrl-C.

Exit codes: 0 ended as asked (Ctrl-C, SIGTERM, closed terminal), 1 it runs already or a step failed, 2 the environment
or the port cannot be used. Whatever happens, no process of this run outlives it for more than 20 seconds.
"""

from __future__ import annotations

import os
import signal
import sys

from hotel_agent import env
from hotel_agent.embedded import ServicesError, ensure_environment
from hotel_agent.embedded.places import Place, place_of
from hotel_agent.embedded.processes import die_with_parent
from hotel_agent.launch.run import AlreadyRunning, Run, StepFailed, StopAsked, reserve_port


def main() -> int:
    """Run everything in the foreground."""
    ask_to_stop_on_signals()
    if os.environ.get("MAKELEVEL"):
        # `make` that is killed cannot tell us; the kernel does.
        die_with_parent(signal.SIGTERM)
    try:
        environment = env.read().environment
        if environment == "production":
            return failed(
                "`make run` is for development; in production start the five programs as docs/operations says."
            )
        place = place_of(environment)
        with Run(place) as run:
            return start_and_watch(run, place)
    except StopAsked:
        return 0
    except AlreadyRunning as error:
        return failed(str(error), code=1)
    except StepFailed as error:
        return failed(str(error), code=1)
    except (env.BadEnvironment, ServicesError) as error:
        return failed(str(error))


def start_and_watch(run: Run, place: Place) -> int:
    """The steps in order; returns when asked to stop, after everything ended."""
    try:
        held = reserve_port(os.environ.get("PORT", "").strip())
        port = int(held.getsockname()[1])
        os.environ["PORT"] = str(port)
        held_too = reserve_port("")
        stream_port = int(held_too.getsockname()[1])
        os.environ.setdefault("WEBCHAT_STREAM_URL", f"http://127.0.0.1:{stream_port}")
        run.note(port)
        run.say("Starting PostgreSQL and Redis …")
        run.lease = ensure_environment()
        run.prepare()
        run.start_programs(port, stream_port)
        run.watch(port)
    except StopAsked:
        pass
    finally:
        ignore_signals()
        run.stop()
    run.say("Stopped.")
    return 0


def ask_to_stop_on_signals() -> None:
    def ask(_number: int, _frame: object) -> None:
        raise StopAsked

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, ask)


def ignore_signals() -> None:
    """Stopping is bounded; an impatient second Ctrl-C must not leave half of it running."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def failed(text: str, *, code: int = 2) -> int:
    sys.stderr.write(text + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
