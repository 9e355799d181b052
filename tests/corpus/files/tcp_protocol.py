"""A protocol of its own over TCP: length-prefixed messages, reported through events.request."""
import os
import socket
import struct
import time

from locust import User, between, task


class ShoutClient:
    def __init__(self, host, port, request_event):
        self.socket = socket.create_connection((host, port))
        self.request_event = request_event

    def shout(self, text):
        meta = {"request_type": "SHOUT", "name": text, "response_length": 0, "response": None, "context": {}, "exception": None}
        started = time.perf_counter()
        try:
            data = text.encode()
            self.socket.sendall(struct.pack(">I", len(data)) + data)
            (length,) = struct.unpack(">I", self._read(4))
            meta["response"] = self._read(length).decode()
            meta["response_length"] = length
        except OSError as error:
            meta["exception"] = error
        meta["response_time"] = (time.perf_counter() - started) * 1000
        self.request_event.fire(**meta)
        return meta["response"]

    def _read(self, length):
        data = b""
        while len(data) < length:
            more = self.socket.recv(length - len(data))
            if not more:
                raise ConnectionError("closed")
            data += more
        return data


class Shouter(User):
    wait_time = between(0.02, 0.1)

    def on_start(self):
        self.client = ShoutClient("127.0.0.1", int(os.environ["SHOUT_PORT"]), self.environment.events.request)

    def on_stop(self):
        self.client.socket.close()

    @task
    def hello(self):
        assert self.client.shout("hello") == "HELLO"
