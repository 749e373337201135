"""Who `make load-test` sends: the guests of the contract, each delivery signed, each id new."""

from __future__ import annotations

import json
import subprocess
import sys

from hotel_agent.embedded.places import PROJECT

# A process of its own: locust changes the standard library's sockets when it is imported.
ASKED = """
import json
from collections import Counter
from tests.load.locustfile import SECRET, HotelGuest, delivery
from integrations.channels.whatsapp.signature import verify

sent = [delivery("5491100000001", "Hola") for _ in range(50)]
print(json.dumps({
    "weights": Counter(task.__name__ for task in HotelGuest.tasks),
    "waits": [min(waits := [HotelGuest.wait_time(None) for _ in range(500)]), max(waits)],
    "signed": all(verify(body, [headers["X-Hub-Signature-256"]], [SECRET]) for body, headers in sent),
    "ids": len({json.loads(body)["entry"][0]["changes"][0]["value"]["messages"][0]["id"] for body, _ in sent}),
}))
"""


def test_the_mix_is_the_contracts() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED], cwd=PROJECT, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["weights"] == {"health": 3, "availability": 10, "booking": 5, "metrics": 2, "admin": 1}
    assert said["waits"][0] >= 2
    assert said["waits"][1] <= 5
    assert said["signed"] is True
    assert said["ids"] == 50
