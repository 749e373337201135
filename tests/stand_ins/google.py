"""Google's key address, and Pub/Sub pushes signed with its keys."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

AUDIENCE = "https://agent.example.com/webhooks/gmail"
SERVICE_ACCOUNT = "push@project.iam.gserviceaccount.com"


class SigningKey:
    """One RSA key with a name."""

    def __init__(self, kid: str) -> None:
        self.kid = kid
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def jwk(self) -> dict[str, Any]:
        """The public half, as Google publishes it."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "alg": "RS256", "use": "sig"}

    def token(self, *, algorithm: str = "RS256", headers: Mapping[str, Any] | None = None, **changes: Any) -> str:
        """A token as Pub/Sub sends it; `changes` replace claims, None removes one."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "aud": AUDIENCE,
            "azp": "113774264463038321964",
            "email": SERVICE_ACCOUNT,
            "email_verified": True,
            "exp": now + 3600,
            "iat": now - 5,
            "iss": "https://accounts.google.com",
            "sub": "113774264463038321964",
            **changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key: Any = self.private if algorithm.startswith("RS") else "x" * 64
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": self.kid, **(headers or {})})


def push(address: str, *, history: Any = 1234567890, message_id: str = "2070443601311540") -> bytes:
    """A push for a mailbox."""
    data = base64.b64encode(json.dumps({"emailAddress": address, "historyId": history}).encode()).decode()
    message = {"data": data, "messageId": message_id, "message_id": message_id}
    return json.dumps({"message": message, "subscription": "projects/p/subscriptions/s"}).encode()


class KeyServer:
    """Serves the public keys on a free loopback port; use as a context manager."""

    def __init__(self, *keys: SigningKey) -> None:
        self.keys = list(keys)
        self.status = 200
        self.asked = 0

    def __enter__(self) -> KeyServer:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked += 1
                body = json.dumps({"keys": [key.jwk for key in server.keys]}).encode()
                self.send_response(server.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """Where the keys are."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/oauth2/v3/certs"
