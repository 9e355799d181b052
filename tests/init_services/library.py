"""Nested resources below a server's own path, lists in envelopes, names in camel case, deeds that are done only once."""

from __future__ import annotations

from itertools import count
from typing import Annotated, Any

from fastapi import FastAPI, HTTPException, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

app = FastAPI(title="City Library")
CREDENTIALS: dict[str, str] = {}


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class NewBook(Model):
    title: str = Field(min_length=1, max_length=60)
    isbn: str = Field(pattern=r"^97[89]-\d{10}$")
    pages: int = Field(gt=0, lt=5000)


class Book(NewBook):
    book_id: int
    author_id: int


class Author(Model):
    author_id: int
    full_name: str


class NewReview(Model):
    stars: int = Field(ge=1, le=5)
    text: str | None = Field(default=None, max_length=500)


class Review(NewReview):
    id: int


class NewLoan(Model):
    book_id: int
    days: int = Field(ge=7, multiple_of=7, le=28)


class Loan(NewLoan):
    loan_id: str
    returned: bool = False


class Books(Model):
    items: list[Book]
    total: int


class Authors(Model):
    data: list[Author]
    next_page: int | None


class Wanted(Model):
    title: str = Field(examples=["Book"])


class Created(Model):
    data: Loan


authors = {n: Author(author_id=n, full_name=f"Author {n}") for n in range(101, 121)}
books = {
    n: Book(book_id=n, author_id=101 + n % 20, title=f"Book {n}", isbn=f"978-{n:010}", pages=n) for n in range(501, 561)
}
reviews: dict[int, list[Review]] = {book: [Review(id=book * 10, stars=4)] for book in books}
loans: dict[str, Loan] = {}
numbers = count(9001)


AuthorId = Annotated[int, Path(alias="authorId")]
BookId = Annotated[int, Path(alias="bookId")]
LoanId = Annotated[str, Path(alias="loanId")]


def the_book(author_id: int, book_id: int) -> Book:
    book = books.get(book_id)
    if book is None or book.author_id != author_id:
        raise HTTPException(404, "That author has no such book.")
    return book


def the_loan(loan_id: str) -> Loan:
    if loan_id not in loans:
        raise HTTPException(404, "There is no such loan.")
    return loans[loan_id]


@app.get("/authors")
async def list_authors(page: Annotated[int, Query(ge=1)] = 1) -> Authors:
    return Authors(data=list(authors.values()), next_page=None)


@app.get("/authors/{authorId}")
async def author(author_id: AuthorId) -> Author:
    if author_id not in authors:
        raise HTTPException(404, "There is no such author.")
    return authors[author_id]


@app.get("/authors/{authorId}/books")
async def books_of_author(author_id: AuthorId) -> Books:
    found = [book for book in books.values() if book.author_id == author_id]
    return Books(items=found, total=len(found))


@app.post("/authors/{authorId}/books", status_code=201)
async def add_book(author_id: AuthorId, new: NewBook) -> Book:
    if new.isbn in {book.isbn for book in books.values()}:
        raise HTTPException(409, "There is such a book.")
    book = Book(book_id=next(numbers), author_id=author_id, **new.model_dump())
    books[book.book_id], reviews[book.book_id] = book, []
    return book


@app.get("/authors/{authorId}/books/{bookId}")
async def book(author_id: AuthorId, book_id: BookId) -> Book:
    return the_book(author_id, book_id)


@app.put("/authors/{authorId}/books/{bookId}")
async def replace_book(author_id: AuthorId, book_id: BookId, new: NewBook) -> Book:
    the_book(author_id, book_id)
    if book_id < 9000:
        raise HTTPException(403, "That book is the library's own.")
    books[book_id] = Book(book_id=book_id, author_id=author_id, **new.model_dump())
    return books[book_id]


@app.delete("/authors/{authorId}/books/{bookId}", status_code=204)
async def remove_book(author_id: AuthorId, book_id: BookId) -> Response:
    del books[the_book(author_id, book_id).book_id]
    return Response(status_code=204)


@app.get("/authors/{authorId}/books/{bookId}/reviews")
async def reviews_of_book(author_id: AuthorId, book_id: BookId) -> list[Review]:
    return reviews[the_book(author_id, book_id).book_id]


@app.post("/authors/{authorId}/books/{bookId}/reviews", status_code=201)
async def add_review(author_id: AuthorId, book_id: BookId, new: NewReview) -> Review:
    review = Review(id=next(numbers), **new.model_dump())
    reviews[the_book(author_id, book_id).book_id].append(review)
    return review


@app.get("/books")
async def all_books(q: str | None = None) -> Books:
    found = [book for book in books.values() if q is None or q in book.title]
    return Books(items=found[-50:], total=len(found))


@app.post("/books/search")
async def search(wanted: Wanted) -> Books:
    found = [book for book in books.values() if wanted.title.lower() in book.title.lower()]
    return Books(items=found[:10], total=len(found))


@app.post("/loans", status_code=201)
async def borrow(new: NewLoan) -> Created:
    if new.book_id not in books:
        raise HTTPException(404, "There is no such book.")
    loan = Loan(loan_id=f"L{next(numbers)}", **new.model_dump())
    loans[loan.loan_id] = loan
    return Created(data=loan)


@app.get("/loans/{loanId}")
async def loan(loan_id: LoanId) -> Loan:
    return the_loan(loan_id)


@app.post("/loans/{loanId}/return")
async def give_back(loan_id: LoanId) -> Loan:
    """Give a book back, once."""
    if the_loan(loan_id).returned:
        raise HTTPException(409, "It is given back already.")
    loans[loan_id].returned = True
    return loans[loan_id]


@app.get("/branches/{slug}")
async def branch(slug: str) -> dict[str, str]:
    """Nothing tells which there are."""
    raise HTTPException(404, "There is no such branch.")


def openapi() -> dict[str, Any]:
    """As a generator of another language would write it: without names for operations, below the server's path."""
    document = FastAPI.openapi(app)
    for item in document["paths"].values():
        for operation in item.values():
            del operation["operationId"]
            operation.pop("summary", None)
    return {**document, "servers": [{"url": "/api/v1"}]}


app.openapi = openapi  # type: ignore[method-assign]
