"""Asking the health page of a bot on this machine, with nothing but the standard library: it is asked often."""

import http.client
import json
from dataclasses import dataclass
from http import HTTPStatus

PATIENCE = 5.0  # seconds
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104  # where to ask who listens there


@dataclass(frozen=True, slots=True)
class Answer:
    """What the page said, if it was ours, and if anybody answered at all."""

    well: bool
    text: str
    ours: bool = True
    silent: bool = False


def ask(host: str, port: int, path: str) -> Answer:
    """One request to the page."""
    line = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=PATIENCE)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        told = json.loads(answer.read(2**16))
        failing = [f"{name}: {check['text']}" for name, check in told["checks"].items() if not check["ok"]]
    except (OSError, http.client.HTTPException) as error:
        return Answer(
            well=False,
            text=f"nobody answers at {host} port {port}: {error}",
            ours=False,
            silent=isinstance(error, ConnectionRefusedError),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return Answer(well=False, text=f"what answers at {host} port {port} is not Commonplace", ours=False)
    finally:
        line.close()
    if answer.status == HTTPStatus.OK and told["ok"]:
        return Answer(well=True, text="well")
    return Answer(well=False, text="; ".join(failing) or f"status {answer.status}")
