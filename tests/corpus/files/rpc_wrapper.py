"""A client in the manner of gRPC: stubs whose calls are timed by an interceptor, and a base class for users."""
import os
import socket
import struct
import time

from locust import User, between, events, task
from locust.exception import LocustError


class RpcError(Exception):
    pass


class Channel:
    def __init__(self, host, port):
        self.stream = socket.create_connection((host, port)).makefile("rwb")

    def call(self, method, argument):
        data = f"{method}|{argument}".encode()
        self.stream.write(struct.pack(">I", len(data)) + data)
        self.stream.flush()
        (length,) = struct.unpack(">I", self.stream.read(4))
        answer = self.stream.read(length).decode()
        if method.endswith("Fail"):
            raise RpcError("UNAVAILABLE")
        return answer.partition("|")[2]


class Interceptor:
    """Times every call of a channel."""

    def __init__(self, channel, environment):
        self.channel = channel
        self.environment = environment

    def __getattr__(self, method):
        def call(argument):
            with self.environment.events.request.measure("RPC", f"Shop.{method}") as meta:
                answer = self.channel.call(f"Shop.{method}", argument)
                meta["response_length"] = len(answer)
                meta["response"] = answer
            return meta.get("response")

        return call


class RpcUser(User):
    abstract = True

    def __init__(self, environment):
        super().__init__(environment)
        self.stub = Interceptor(Channel("127.0.0.1", int(os.environ["SHOUT_PORT"])), environment)


class Caller(RpcUser):
    wait_time = between(0.02, 0.08)

    @task(5)
    def shout(self):
        if self.stub.Shout("hi") != "HI":
            raise LocustError("wrong answer")

    @task
    def fail(self):
        self.stub.Fail("x")
