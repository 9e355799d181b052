"""Files, sent in forms of several parts, behind a key in a header."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID, uuid4

from fastapi import Depends, FastAPI, Form, HTTPException, Response, UploadFile
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, Field

KEY = "k-7f3a"
CREDENTIALS = {"API_KEY": KEY}


def with_key(key: Annotated[str, Depends(APIKeyHeader(name="X-API-Key"))]) -> None:
    if key != KEY:
        raise HTTPException(403, "The key is wrong.")


app = FastAPI(title="Uploads", dependencies=[Depends(with_key)])


class Stored(BaseModel):
    id: UUID
    name: str
    size: int


class Labels(BaseModel):
    labels: list[str] = Field(min_length=1, max_length=5)


class Newest(BaseModel):
    files: list[Stored]


stored: dict[UUID, tuple[Stored, bytes]] = {}


async def keep(file: UploadFile) -> Stored:
    content = await file.read()
    if not content:
        raise HTTPException(422, "The file is empty.")
    one = Stored(id=uuid4(), name=file.filename or "", size=len(content))
    stored[one.id] = one, content
    return one


def found(file_id: UUID) -> tuple[Stored, bytes]:
    if file_id not in stored:
        raise HTTPException(404, "There is no such file.")
    return stored[file_id]


for number in range(10):
    first = Stored(id=uuid4(), name=f"{number}.txt", size=3)
    stored[first.id] = first, b"abc"


@app.get("/files")
async def list_files() -> Newest:
    return Newest(files=[one for one, _ in list(stored.values())[:10]])


@app.post("/files", status_code=201)
async def upload(
    file: UploadFile,
    title: Annotated[str, Form(max_length=40)],
    private: Annotated[bool, Form()],
    copies: Annotated[int, Form(ge=1, le=3)],
) -> Stored:
    return await keep(file)


@app.post("/files/batch", status_code=201)
async def upload_several(files: list[UploadFile]) -> list[Stored]:
    return [await keep(file) for file in files]


@app.get("/files/{file_id}")
async def download(file_id: UUID) -> Response:
    return Response(found(file_id)[1], media_type="application/octet-stream")


@app.put("/files/{file_id}/labels")
async def label(file_id: UUID, labels: Labels) -> Labels:
    found(file_id)
    return labels


@app.delete("/files/{file_id}", status_code=204)
async def delete(file_id: UUID) -> Response:
    found(file_id)
    del stored[file_id]
    return Response(status_code=204)


@app.post("/avatar", status_code=204)
async def avatar(avatar: UploadFile) -> Response:
    if avatar.content_type != "image/png":
        raise HTTPException(415, "A PNG is wanted.")
    return Response(status_code=204)


@app.post("/feedback", status_code=204)
async def feedback(message: Annotated[str, Form(min_length=5)], stars: Annotated[int, Form(ge=1, le=5)] = 5) -> Response:
    return Response(status_code=204)
