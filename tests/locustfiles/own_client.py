"""A protocol of the file's own: it times its calls and fires the request event itself."""

import time

from locust import User, constant, events, task


class Calculator:
    def __init__(self, environment):
        self.environment = environment

    def __getattr__(self, name):
        def call(*arguments):
            started = time.perf_counter()
            error = None
            result = None
            try:
                result = getattr(float, name)(*arguments)
            except ArithmeticError as caught:
                error = caught
            self.environment.events.request.fire(
                request_type="CALC",
                name=name,
                response_time=(time.perf_counter() - started) * 1000,
                response_length=8,
                response=result,
                context={},
                exception=error,
            )
            return result

        return call


class Accountant(User):
    wait_time = constant(0.01)

    def __init__(self, environment):
        super().__init__(environment)
        self.client = Calculator(environment)

    @task(4)
    def add(self):
        assert self.client.__add__(1.0, 2.0) == 3.0

    @task
    def divide(self):
        self.client.__truediv__(1.0, 0.0)

    @task
    def measured(self):
        with events.request.measure("BLOCK", "sleep") as meta:
            time.sleep(0.001)
            meta["response_length"] = 3
