"""Users of City Library, by its specification library.json.

Run it with: loadcell -f locustfile.py
"""

import random
import string
import uuid

from loadcell import HttpUser, between, task


def digits(count: int) -> str:
    """So many digits, at random."""
    return "".join(random.choices(string.digits, k=count))


class CityLibraryUser(HttpUser):
    host = "http://127.0.0.1:8000"
    wait_time = between(1, 5)

    def on_start(self) -> None:
        self.author_ids: list[int] = []
        self.book_ids: list[tuple[int, int]] = []
        self.my_book_ids: list[tuple[int, int]] = []
        self.my_loan_ids: list[str] = []

    @task(5)
    def get_authors(self) -> None:
        response = self.client.get("/api/v1/authors")
        if response.ok:
            self.author_ids = [author["authorId"] for author in response.json()["data"]]

    @task(10)
    def list_author_books(self) -> None:
        if not self.author_ids:
            self.get_authors()
            return
        author_id = random.choice(self.author_ids)
        response = self.client.get(
            f"/api/v1/authors/{author_id}/books",
            name="/api/v1/authors/{authorId}/books",
        )
        if response.ok:
            found = response.json()["items"]
            self.book_ids = [(author_id, book["bookId"]) for book in found]

    @task(10)
    def get_author_book(self) -> None:
        if not self.book_ids:
            self.list_author_books()
            return
        author_id, book_id = random.choice(self.book_ids)
        self.client.get(
            f"/api/v1/authors/{author_id}/books/{book_id}",
            name="/api/v1/authors/{authorId}/books/{bookId}",
        )

    @task(2)
    def create_author_book(self) -> None:
        if not self.author_ids:
            self.get_authors()
            return
        author_id = random.choice(self.author_ids)
        response = self.client.post(
            f"/api/v1/authors/{author_id}/books",
            json={
                "title": f"Title {uuid.uuid4().hex[:8]}",
                "isbn": f"978-{digits(10)}",
                "pages": random.randint(1, 100),
            },
            name="/api/v1/authors/{authorId}/books",
        )
        if response.ok:
            self.my_book_ids.append((author_id, response.json()["bookId"]))

    @task
    def replace_author_book(self) -> None:
        if not self.my_book_ids:
            self.create_author_book()
            return
        author_id, book_id = random.choice(self.my_book_ids)
        self.client.put(
            f"/api/v1/authors/{author_id}/books/{book_id}",
            json={
                "title": f"Title {uuid.uuid4().hex[:8]}",
                "isbn": f"978-{digits(10)}",
                "pages": random.randint(1, 100),
            },
            name="/api/v1/authors/{authorId}/books/{bookId}",
        )

    @task
    def delete_author_book(self) -> None:
        if not self.my_book_ids:
            self.create_author_book()
            return
        author_id, book_id = self.my_book_ids.pop(0)
        self.client.delete(
            f"/api/v1/authors/{author_id}/books/{book_id}",
            name="/api/v1/authors/{authorId}/books/{bookId}",
        )
        if (author_id, book_id) in self.book_ids:
            self.book_ids.remove((author_id, book_id))

    @task(2)
    def create_loan(self) -> None:
        if not self.book_ids:
            self.list_author_books()
            return
        response = self.client.post(
            "/api/v1/loans",
            json={
                "bookId": random.choice(self.book_ids)[-1],
                "days": random.randrange(7, 29, 7),
            },
        )
        if response.ok:
            self.my_loan_ids.append(response.json()["data"]["loanId"])

    @task(2)
    def return_loan(self) -> None:
        """Give a book back, once."""
        if not self.my_loan_ids:
            self.create_loan()
            return
        loan_id = self.my_loan_ids.pop(0)
        self.client.post(
            f"/api/v1/loans/{loan_id}/return",
            name="/api/v1/loans/{loanId}/return",
        )

    # Left out:
    # - GET /api/v1/branches/{slug}: nothing tells which values {slug} may have.
