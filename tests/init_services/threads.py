"""Schemas that go round in circles, behind a login that sets a cookie."""

from __future__ import annotations

from itertools import count
from typing import Annotated
from uuid import uuid4

from fastapi import Depends, FastAPI, HTTPException, Response
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, Field

app = FastAPI(title="FastAPI")
CREDENTIALS = {"API_USERNAME": "anna@example.com", "API_PASSWORD": "wonderland"}
sessions: set[str] = set()


class Login(BaseModel):
    email: str
    password: str
    remember: bool


class Comment(BaseModel):
    text: str = Field(min_length=3)
    replies: list[Comment]
    """Required, and may be empty."""


class Node(BaseModel):
    label: str
    parent: Node | None
    """Required, and may be null."""
    children: dict[str, Node] = Field(default_factory=dict)


class Expression(BaseModel):
    operands: list[Expression | int] = Field(min_length=2)
    """One of the two ways goes on for ever."""


class Endless(BaseModel):
    """There is no such thing."""

    next: Endless


class Thread(BaseModel):
    id: str
    comments: list[Comment]


threads = {f"t{number}": Thread(id=f"t{number}", comments=[]) for number in range(20)}
numbers = count(20)


def session(token: Annotated[str, Depends(APIKeyCookie(name="session"))]) -> str:
    if token not in sessions:
        raise HTTPException(401, "Log in first.")
    return token


Session = Annotated[str, Depends(session)]


def found(thread: str) -> Thread:
    if thread not in threads:
        raise HTTPException(404, "There is no such thread.")
    return threads[thread]


@app.post("/auth/login", status_code=204)
async def login(given: Login, response: Response) -> None:
    if (given.email, given.password) != ("anna@example.com", "wonderland"):
        raise HTTPException(401, "The address or the password is wrong.")
    token = uuid4().hex
    sessions.add(token)
    response.set_cookie("session", token, httponly=True)


@app.post("/auth/logout", status_code=204)
async def leave(token: Session) -> None:
    sessions.discard(token)


@app.get("/threads")
async def list_threads(token: Session) -> list[str]:
    """The names of all threads."""
    return list(threads)


@app.get("/threads/{thread}")
async def read_thread(thread: str, token: Session) -> Thread:
    return found(thread)


@app.post("/threads", status_code=201)
async def open_thread(first: Comment, token: Session) -> Thread:
    name = f"t{next(numbers)}"
    threads[name] = Thread(id=name, comments=[first])
    return threads[name]


@app.post("/threads/{thread}/comments", status_code=201)
async def comment(thread: str, new: Comment, token: Session) -> Comment:
    found(thread).comments.append(new)
    return new


@app.post("/nodes", status_code=201)
async def add_node(node: Node, token: Session) -> Node:
    return node


@app.post("/calculate")
async def calculate(expression: Expression, token: Session) -> int:
    return len(expression.operands)


@app.post("/endless")
async def endless(one: Endless, token: Session) -> Endless:
    return one
