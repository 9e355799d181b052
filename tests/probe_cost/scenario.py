"""The load: the path is LOADCELL_PROBE_PATH's."""

import os

from loadcell import FastHttpUser, task

PATH = os.environ["LOADCELL_PROBE_PATH"]


class Caller(FastHttpUser):
    @task
    def call(self) -> None:
        self.client.get(PATH)
