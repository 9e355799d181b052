"""MQTT: messages published, subscriptions, connections."""

from __future__ import annotations

import random
import ssl
import string
import time
from typing import Any, NamedTuple

from loadcell.compat.optional import need
from loadcell.scenario.user import User

mqtt = need("paho.mqtt.client", "mqtt")
enums = need("paho.mqtt.enums", "mqtt")

REQUEST_TYPE = "MQTT"
SUBACK_FAILURE = 0x80
"""From here on a code of a SUBACK says that the broker refused."""


class _Sent(NamedTuple):
    """What waits for its acknowledgement."""

    qos: int
    topic: str
    start_time: float
    payload_size: int = 0


class MqttClient(mqtt.Client):  # type: ignore[misc, name-defined]
    """A paho client whose publications, subscriptions and connections are entries of the type MQTT."""

    def __init__(
        self,
        *args: Any,
        environment: Any,
        client_id: str | None = None,
        protocol: Any = mqtt.MQTTv311,
        use_loop_selectors: bool = False,
        **kwargs: Any,
    ) -> None:
        """`use_loop_selectors` has no meaning: gevent's hub waits for any number of connections."""
        # Of our own, so that it is known: a broker may choose one that the client never learns.
        self.client_id = client_id or "locust-" + "".join(random.choices(string.ascii_letters + string.digits, k=16))
        if not args:
            kwargs.setdefault("callback_api_version", enums.CallbackAPIVersion.VERSION2)
        super().__init__(*args, client_id=self.client_id, protocol=protocol, **kwargs)
        self.environment = environment
        self._published: dict[int, _Sent] = {}
        self._subscribed: dict[int, _Sent] = {}
        self.on_connect = self._connected
        self.on_disconnect = self._disconnected
        self.on_publish = self._acknowledged
        self.on_subscribe = self._granted

    def publish(self, topic: str, payload: Any = None, qos: int = 0, retain: bool = False, properties: Any = None) -> Any:
        """Publish a message; counted when the broker has it (with qos 0: when it was sent)."""
        size = len(payload) if payload and not isinstance(payload, (int, float)) else 0
        sent = _Sent(qos, topic, time.time(), size)
        info = super().publish(topic, payload=payload, qos=qos, retain=retain, properties=properties)
        if info.rc != mqtt.MQTT_ERR_SUCCESS:
            self._fire(self._generate_event_name("publish", qos, topic), sent, error=Exception(str(info.rc)))
        else:
            self._published[info.mid] = sent
        return info

    def subscribe(self, topic: Any, qos: int = 0, options: Any = None, properties: Any = None) -> Any:
        """Subscribe; counted when the broker has answered."""
        name = topic if isinstance(topic, str) else topic[0] if isinstance(topic, tuple) else topic[0][0]
        sent = _Sent(qos, name, time.time())
        result, mid = super().subscribe(topic, qos, options, properties)
        if result != mqtt.MQTT_ERR_SUCCESS or mid is None:
            self._fire(self._generate_event_name("subscribe", qos, name), sent, error=Exception(str(result)))
        else:
            self._subscribed[mid] = sent
        return result, mid

    def _generate_event_name(self, event_type: str, qos: int, topic: str) -> str:
        """The name of an entry; to be overridden."""
        return f"{event_type}:{qos}:{topic}"

    def _acknowledged(self, client: Any, userdata: Any, mid: int, *_: Any) -> None:
        sent = self._published.pop(mid, None)
        if sent is not None:
            self._fire(self._generate_event_name("publish", sent.qos, sent.topic), sent, sent.payload_size)

    def _granted(self, client: Any, userdata: Any, mid: int, codes: Any, *_: Any) -> None:
        sent = self._subscribed.pop(mid, None)
        if sent is None:
            return
        refused = [code for code in codes if int(getattr(code, "value", code)) >= SUBACK_FAILURE]
        error = AssertionError(f"Broker returned an error response during subscription: {codes}") if refused else None
        self._fire(self._generate_event_name("subscribe", sent.qos, sent.topic), sent, error=error)

    def _connected(self, client: Any, userdata: Any, flags: Any, code: Any, *_: Any) -> None:
        self._fire("connect", None, error=Exception(str(code)) if _is_failure(code) else None)

    def _disconnected(self, client: Any, userdata: Any, *rest: Any) -> None:
        code = rest[1] if len(rest) > 1 else rest[0]
        self._fire("disconnect", None, error=Exception(str(code)) if _is_failure(code) else None)

    def _fire(self, name: str, sent: _Sent | None, length: int = 0, error: BaseException | None = None) -> None:
        took_ms = (time.time() - sent.start_time) * 1000 if sent is not None else 0
        self.environment.events.request.fire(
            request_type=REQUEST_TYPE,
            name=name,
            response_time=took_ms,
            response_length=length,
            exception=error,
            context={"client_id": self.client_id} | (sent._asdict() if sent is not None else {}),
        )


def _is_failure(code: Any) -> bool:
    return bool(getattr(code, "is_failure", code != 0))


class MqttUser(User):
    """A user whose `client` is connected to an MQTT broker at `host` and `port`."""

    abstract = True
    host: str | None = "localhost"
    port: int = 1883
    transport: str = "tcp"
    ws_path: str = "/mqtt"
    tls_context: ssl.SSLContext | None = None
    client_cls: Any = MqttClient
    client_id: str | None = None
    username: str | None = None
    password: str | None = None
    protocol: Any = mqtt.MQTTv311
    use_loop_selectors: bool = False

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self.client = self.client_cls(
            environment=environment,
            transport=self.transport,
            client_id=self.client_id,
            protocol=self.protocol,
            use_loop_selectors=self.use_loop_selectors,
        )
        if self.tls_context:
            self.client.tls_set_context(self.tls_context)
        if self.transport == "websockets" and self.ws_path:
            self.client.ws_set_options(path=self.ws_path)
        if self.username and self.password:
            self.client.username_pw_set(username=self.username, password=self.password)
        self.client.connect_async(host=self.host, port=self.port)
        self.client.loop_start()
