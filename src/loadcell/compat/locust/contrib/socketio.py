"""Socket.IO."""

from __future__ import annotations

from typing import Any

import gevent

from loadcell.compat.optional import need
from loadcell.scenario.user import User

socketio = need("socketio", "socketio")


class SocketIOClient(socketio.Client):  # type: ignore[misc, name-defined]
    """A client whose messages are entries: WS (connect), WSS (send), WSE (emit), WSC (call) and WSR (received)."""

    def __init__(self, request_event: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request_event = request_event

    def connect(self, *args: Any, **kwargs: Any) -> None:
        """Connect; what fails makes the entry a failure."""
        with self.request_event.measure("WS", "connect"):
            super().connect(*args, **kwargs)

    def send(self, data: Any, namespace: Any = None, callback: Any = None, name: str = "Unnamed") -> None:
        """Send a message; how long it takes to be taken note of is not known."""
        self._fire("WSS", name, data, self._attempt(super().send, data, namespace, callback))

    def emit(self, event: Any, data: Any = None, namespace: Any = None, callback: Any = None) -> None:
        """Send an event."""
        self._fire("WSE", str(event), data, self._attempt(super().emit, event, data, namespace, callback))

    def call(self, event: Any, data: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Send an event and wait for its answer."""
        answers = []  # None if the call failed, which `measure` counts.
        with self.request_event.measure("WSC", event):
            answers.append(super().call(event, data, *args, **kwargs))
        return answers[0] if answers else None

    def on_message(self, event: str, data: Any = None) -> None:
        """Count an event that came; to be overridden where its time is known."""
        self._fire("WSR", event, data, None)

    def _attempt(self, function: Any, *args: Any) -> Exception | None:
        try:
            function(*args)
        except Exception as error:
            return error
        return None

    def _fire(self, kind: str, name: str, data: Any, error: Exception | None) -> None:
        length = len(data) if isinstance(data, (str, bytes, list, tuple, dict)) else 0
        self.request_event.fire(
            request_type=kind, name=name, response_time=0, response_length=length, exception=error, context={}
        )


class SocketIOUser(User):
    """A user whose `sio` is a Socket.IO client, made with `options`."""

    abstract = True
    options: dict[str, Any] = {}  # noqa: RUF012 - replaced by scenarios, never changed
    sio: SocketIOClient

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.sio = SocketIOClient(self.environment.events.request, **self.options)
        self.sio_greenlet = gevent.spawn(self.sio.wait)
        self.sio.on("*", self.sio.on_message)
