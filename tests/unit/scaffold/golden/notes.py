"""Users of Notes, by its specification notes.json.

Run it with: loadcell -f locustfile.py, with API_USERNAME and API_PASSWORD in the
environment
"""

import os
import random

from loadcell import HttpUser, between, task

USERNAME = os.environ["API_USERNAME"]
PASSWORD = os.environ["API_PASSWORD"]


class NotesUser(HttpUser):
    host = "http://127.0.0.1:8000"
    wait_time = between(1, 5)

    def on_start(self) -> None:
        self.log_in()
        self.note_ids: list[int] = []
        # self.my_note_ids: list[int] = []

    def log_in(self) -> None:
        response = self.client.post(
            "/token",
            data={"username": USERNAME, "password": PASSWORD, "grant_type": "password"},
        )
        if response.ok:
            token = response.json()["access_token"]
            self.client.headers["Authorization"] = f"Bearer {token}"

    @task(5)
    def me(self) -> None:
        self.client.get("/me")

    @task(5)
    def list_notes(self) -> None:
        """The newest notes of all."""
        response = self.client.get("/notes")
        if response.ok:
            self.note_ids = [note["id"] for note in response.json()]

    @task(10)
    def read_note(self) -> None:
        if not self.note_ids:
            self.list_notes()
            return
        note_id = random.choice(self.note_ids)
        self.client.get(f"/notes/{note_id}", name="/notes/{note_id}")

    # What follows changes data. Take away the # where that does no harm, or let
    # 'loadcell init --writes' write it.
    # It also needs: import uuid

    # @task(2)
    # def register(self) -> None:
    #     self.client.post(
    #         "/register",
    #         json={
    #             "username": f"username-{uuid.uuid4().hex[:8]}",
    #             "email": f"ben-{uuid.uuid4().hex[:8]}@example.com",
    #             "password": "Correct-Horse-9",
    #         },
    #     )

    # @task(2)
    # def create_note(self) -> None:
    #     response = self.client.post(
    #         "/notes",
    #         json={"title": f"Title {uuid.uuid4().hex[:8]}", "text": "Buy milk."},
    #     )
    #     if response.ok:
    #         self.my_note_ids.append(response.json()["id"])

    # @task
    # def change_note(self) -> None:
    #     if not self.my_note_ids:
    #         self.create_note()
    #         return
    #     note_id = random.choice(self.my_note_ids)
    #     self.client.patch(
    #         f"/notes/{note_id}",
    #         json={"title": f"Title {uuid.uuid4().hex[:8]}", "text": "text"},
    #         name="/notes/{note_id}",
    #     )

    # @task
    # def delete_note(self) -> None:
    #     if not self.my_note_ids:
    #         self.create_note()
    #         return
    #     note_id = self.my_note_ids.pop(0)
    #     self.client.delete(f"/notes/{note_id}", name="/notes/{note_id}")
    #     if note_id in self.note_ids:
    #         self.note_ids.remove(note_id)

    # Left out:
    # - POST /logout: it ends the session.
