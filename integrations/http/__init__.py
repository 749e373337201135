"""Every HTTP call that leaves the product. Nothing else imports `requests`.

A call goes straight to the address given: no proxies or credentials from the environment, no redirects, no cookies, no
retries. It waits as long as `outside.PATIENCE` says and reads no more than it was told. An address that came from a
hotel is called with `public_only` (see `addresses`). A transport failure becomes one of our errors by one question: had
bytes of the request been sent?

- no: `DependencyDown`, nothing has happened there, repeating is safe;
- yes, and the request changes something: `UnknownOutcome`;
- yes, and it does not: `DependencyDown`.

The cause kept is the socket's or TLS's own error, which contains neither address nor credentials; error texts name
service, method and host only. An HTTP status is an answer, not an error: the adapter judges it.
"""

from integrations.http.answers import AnswerTooLong, Exchange, Response, recorded
from integrations.http.calls import File, request
from integrations.http.sessions import close_all

__all__ = ["AnswerTooLong", "Exchange", "File", "Response", "close_all", "recorded", "request"]
