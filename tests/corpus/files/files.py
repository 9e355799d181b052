"""Files up and down: multipart, and a body read in pieces."""
import io

from locust import HttpUser, between, task


class FileUser(HttpUser):
    wait_time = between(0.05, 0.15)

    @task
    def upload(self):
        picture = io.BytesIO(b"\x89PNG" + b"x" * 5000)
        with self.client.post(
            "/upload", files={"picture": ("cat.png", picture, "image/png")}, data={"title": "cat"}, catch_response=True
        ) as response:
            if response.json()["parts"] != 2:
                response.failure("a part is missing")

    @task
    def download(self):
        size = 0
        with self.client.get("/download/20000", stream=True, catch_response=True) as response:
            for piece in response.iter_content(chunk_size=4096):
                size += len(piece)
            if size != 20000:
                response.failure(f"{size} bytes")
