"""What the server tells about itself: the truth, under `/__truth__`, and `/__stations__`."""

import json

from tests.target.connection import Behaviour, Connection
from tests.target.messages import Answer, Request
from tests.target.truth import PERCENTILES


def truth(request: Request, connection: Connection) -> Answer:
    """`/__truth__?prefix=/delay&percentiles=50,99`: counts and exact percentiles as JSON.

    `/__truth__/samples?prefix=` gives the nanoseconds as 64-bit integers of this machine; `/__truth__/reset` forgets.
    """
    known = connection.server.truth
    prefix = request.text("prefix")
    match request.arguments:
        case []:
            chosen = request.text("percentiles")
            percentiles = [float(each) for each in chosen.split(",")] if chosen else PERCENTILES
            return Answer(json.dumps(known.document(prefix, percentiles)).encode())
        case ["samples"]:
            data = known.gathered(prefix).tobytes()
            return Answer(data, headers=(("Content-Type", "application/octet-stream"),))
        case ["reset"]:
            known.clear()
            return Answer()
    raise KeyError(request.path)


def stations(request: Request, connection: Connection) -> Answer:
    """`/__stations__`: how each station of `/work` stands: requests present, waiting and served, and whether it is slow."""
    found = [station.document() for station in connection.server.stations.values()]
    return Answer(json.dumps(found).encode())


BEHAVIOURS: dict[str, Behaviour] = {"__truth__": truth, "__stations__": stations}
