"""Notes behind an OAuth2 login: each belongs to somebody, all may be read, and only one's own may be changed."""

from __future__ import annotations

from itertools import count
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Response
from fastapi.security import OAuth2PasswordBearer, OAuth2PasswordRequestForm
from pydantic import BaseModel, Field

app = FastAPI(title="Notes")
bearer = OAuth2PasswordBearer(tokenUrl="token")
CREDENTIALS = {"API_USERNAME": "anna", "API_PASSWORD": "wonderland"}


class Registration(BaseModel):
    username: str = Field(min_length=3, max_length=20, pattern="^[a-z0-9_-]+$")
    email: str = Field(json_schema_extra={"format": "email", "example": "ben@example.com"})
    password: str = Field(min_length=8)
    newsletter: bool = False


class Account(BaseModel):
    username: str
    email: str


class NewNote(BaseModel):
    title: str = Field(min_length=1, max_length=80)
    text: str = Field(examples=["Buy milk."])
    colour: Literal["yellow", "blue", "green"] = "yellow"


class NoteChange(BaseModel):
    title: str | None = None
    text: str | None = None


class Note(NewNote):
    id: int
    owner: str


class Token(BaseModel):
    access_token: str
    token_type: str


accounts = {"anna": Account(username="anna", email="anna@example.com")}
notes = {number: Note(id=number, owner="carol", title=f"Note {number}", text="…") for number in range(1, 31)}
numbers = count(31)


def current_user(token: Annotated[str, Depends(bearer)]) -> str:
    if token not in accounts:
        raise HTTPException(401, "Log in first.")
    return token


User = Annotated[str, Depends(current_user)]


def found(note_id: int) -> Note:
    if note_id not in notes:
        raise HTTPException(404, "There is no such note.")
    return notes[note_id]


def own(note_id: int, user: User) -> Note:
    note = found(note_id)
    if note.owner != user:
        raise HTTPException(403, "That note is somebody else's.")
    return note


@app.post("/token")
async def token(form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> Token:
    if (form.username, form.password) != ("anna", "wonderland"):
        raise HTTPException(401, "The name or the password is wrong.")
    return Token(access_token=form.username, token_type="bearer")


@app.post("/register", status_code=201)
async def register(new: Registration) -> Account:
    if new.username in accounts or new.email in {account.email for account in accounts.values()}:
        raise HTTPException(409, "There is such an account.")
    accounts[new.username] = Account(username=new.username, email=new.email)
    return accounts[new.username]


@app.post("/logout", status_code=204)
async def logout(user: User) -> Response:
    del accounts[user]
    return Response(status_code=204)


@app.get("/me")
async def me(user: User) -> Account:
    return accounts[user]


@app.get("/notes")
async def list_notes(
    user: User, page: Annotated[int, Query(ge=1)] = 1, size: Annotated[int, Query(ge=1, le=100)] = 20
) -> list[Note]:
    """The newest notes of all."""
    return sorted(notes.values(), key=lambda note: -note.id)[(page - 1) * size : page * size]


@app.get("/notes/{note_id}")
async def read_note(note_id: int, user: User) -> Note:
    return found(note_id)


@app.post("/notes", status_code=201)
async def create_note(new: NewNote, user: User) -> Note:
    note = Note(id=next(numbers), owner=user, **new.model_dump())
    notes[note.id] = note
    return note


@app.patch("/notes/{note_id}")
async def change_note(note_id: int, change: NoteChange, user: User) -> Note:
    note = own(note_id, user)
    if not change.model_fields_set:
        raise HTTPException(400, "Nothing is to be changed.")
    notes[note_id] = note.model_copy(update=change.model_dump(exclude_unset=True))
    return notes[note_id]


@app.delete("/notes/{note_id}", status_code=204)
async def delete_note(note_id: int, user: User) -> Response:
    del notes[own(note_id, user).id]
    return Response(status_code=204)
