"""Every kind of constraint, behind basic authentication: formats, ranges, patterns, enumerations, unions, null."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, FastAPI, Header, HTTPException, Query
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel, Field

CREDENTIALS = {"API_USERNAME": "anna", "API_PASSWORD": "wonderland"}


def known(credentials: Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]) -> None:
    if (credentials.username, credentials.password) != ("anna", "wonderland"):
        raise HTTPException(401, "The name or the password is wrong.")


app = FastAPI(title="bookings-api v2", dependencies=[Depends(known)])


class Board(StrEnum):
    none = "none"
    half = "half-board"
    full = "full-board"


class Card(BaseModel):
    kind: Literal["card"]
    number: str = Field(pattern=r"^\d{4}-\d{4}-\d{4}-\d{4}$")
    expires: str = Field(pattern=r"^(0[1-9]|1[0-2])/\d{2}$")


class Transfer(BaseModel):
    kind: Literal["transfer"]
    iban: str = Field(pattern=r"^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$")


class Person(BaseModel):
    name: str = Field(min_length=2, max_length=12)
    email: str = Field(json_schema_extra={"format": "email"}, pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$")


class Guest(Person):
    birthday: date
    nights: Annotated[int, Field(ge=1, le=14)]


class Extra(BaseModel):
    code: str = Field(pattern="^[A-Z]{3}$")
    price: Decimal = Field(gt=0, decimal_places=2, max_digits=8)


class NewBooking(BaseModel):
    reference: UUID
    arrives: datetime
    departs: datetime
    board: Board
    guests: list[Guest] = Field(min_length=1, max_length=4)
    payment: Annotated[Card | Transfer, Field(discriminator="kind")]
    rooms: int = Field(ge=1, le=9)
    discount: float = Field(ge=0, lt=1)
    latitude: float = Field(ge=-90, le=90)
    temperature: float = Field(gt=0.2, lt=0.9)
    step: int = Field(multiple_of=25, ge=50, le=200)
    note: str | None
    contact: int | str
    extras: list[Extra] = Field(default_factory=list, examples=[[{"code": "SPA", "price": 20.5}]])
    tags: set[Literal["early", "late", "quiet", "sea"]] = Field(min_length=2)
    colours: Annotated[list[str], Field(min_length=2, max_length=3)]
    language: str = Field(pattern="^[a-z]{2}(-[A-Z]{2})?$")
    slug: str = Field(pattern="^[a-z0-9]+(?:-[a-z0-9]+)*$", min_length=5, max_length=30)
    prices: dict[str, float]
    terms: Literal[True]


class Booking(NewBooking):
    id: int
    created: datetime


bookings: dict[int, Booking] = {}
numbers = count(1)


@app.get("/bookings")
async def list_bookings(
    board: Board, since: date, limit: Annotated[int, Query(ge=5, le=50)], order: Literal["asc", "desc"] = "asc"
) -> list[Booking]:
    return list(bookings.values())[-limit:]


@app.post("/bookings", status_code=201)
async def book(new: NewBooking, x_request_id: Annotated[UUID, Header()]) -> Booking:
    if new.departs <= new.arrives:
        raise HTTPException(422, "One departs after one has arrived.")
    if any(one.reference == new.reference or one.slug == new.slug for one in bookings.values()):
        raise HTTPException(409, "There is such a booking.")
    booking = Booking(id=next(numbers), created=datetime.now(UTC), **new.model_dump())
    bookings[booking.id] = booking
    return booking


@app.get("/bookings/{id}")
async def read_booking(id: int) -> Booking:
    if id not in bookings:
        raise HTTPException(404, "There is no such booking.")
    return bookings[id]


@app.get("/boards/{board}")
async def read_board(board: Board) -> dict[str, str]:
    return {"board": board.value}


@app.get("/availability/{day}")
async def availability(day: date, guests: Annotated[int, Query(ge=1, le=4)] = 2) -> dict[str, int]:
    return {"rooms": guests}


@app.post("/quotes/estimate")
async def estimate(guest: Guest, rooms: Annotated[list[int], Query(min_length=1)]) -> dict[str, int]:
    return {"price": guest.nights * sum(rooms)}
