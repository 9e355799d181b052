"""A shop as browsers know it: pages with hidden fields, a session in a cookie, a token for its API, ids that it makes up."""

from __future__ import annotations

from itertools import count
from typing import Annotated
from uuid import uuid4

from fastapi import Cookie, Depends, FastAPI, Form, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from pydantic import BaseModel

app = FastAPI()
USER, PASSWORD = "anna@example.com", "wonderland-7"
CREDENTIALS = {"API_USERNAME": USER, "API_PASSWORD": PASSWORD}
sessions: dict[str, str] = {}
"""The csrf token of each."""
tokens: set[str] = set()
carts: dict[str, list[int]] = {}
orders: dict[int, list[int]] = {}
numbers = count(70_001)


class Line(BaseModel):
    product_id: int
    cart: str


class Address(BaseModel):
    street: str
    city: str


class Purchase(BaseModel):
    cart_id: str
    address: Address


def page(title: str, body: str) -> HTMLResponse:
    head = '<link rel="stylesheet" href="/static/shop.css"><script src="/static/app.3f2a.js"></script>'
    return HTMLResponse(f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>")


def csrf_of(session: str) -> str:
    if session not in sessions:
        raise HTTPException(401, "There is no such session.")
    return sessions[session]


@app.get("/")
async def home() -> HTMLResponse:
    answer = page("Shop", '<a href="/login">log in</a>')
    session = uuid4().hex
    sessions[session] = uuid4().hex
    answer.set_cookie("sessionid", session, httponly=True)
    return answer


@app.get("/login")
async def login_page(sessionid: Annotated[str, Cookie()]) -> HTMLResponse:
    field = f'<input type="hidden" value="{csrf_of(sessionid)}" name="_csrf">'
    return page("Log in", f'<form method="post">{field}<input name="email"><input type="password" name="password"></form>')


@app.post("/login")
async def log_in(
    sessionid: Annotated[str, Cookie()],
    csrf: Annotated[str, Form(alias="_csrf")],
    email: Annotated[str, Form()],
    password: Annotated[str, Form()],
) -> RedirectResponse:
    if csrf != csrf_of(sessionid) or (email, password) != (USER, PASSWORD):
        raise HTTPException(403, "Not from our page, or the wrong password.")
    return RedirectResponse("/account", 303)


@app.get("/account")
async def account(sessionid: Annotated[str, Cookie()]) -> HTMLResponse:
    return page("Account", f"<meta name='csrf-token' content='{csrf_of(sessionid)}'><div id=app></div>")


@app.get("/api/session")
async def api_session(sessionid: Annotated[str, Cookie()]) -> dict[str, dict[str, str]]:
    csrf_of(sessionid)
    token = f"ey{uuid4().hex}.{uuid4().hex}"
    tokens.add(token)
    return {"data": {"accessToken": token, "currency": "EUR"}}


def with_token(authorization: Annotated[str, Header()]) -> None:
    if authorization.removeprefix("Bearer ") not in tokens:
        raise HTTPException(401, "There is no such token.")


api = [Depends(with_token)]


def from_page(request: Request, sessionid: Annotated[str, Cookie()]) -> None:
    if request.headers.get("x-csrf-token") != csrf_of(sessionid):
        raise HTTPException(403, "Not from our page.")


@app.get("/api/products", dependencies=api)
async def products(page: int, q: str) -> dict[str, list[dict[str, object]]]:
    return {"items": [{"id": 4000 + number, "name": f"{q} {number}"} for number in range(page * 10, page * 10 + 10)]}


@app.get("/api/products/{product}", dependencies=api)
async def product(product: int) -> dict[str, object]:
    if not 4010 <= product < 4020:
        raise HTTPException(404, "There is no such product.")
    return {"id": product, "name": "lamp"}


@app.post("/api/carts", dependencies=[*api, Depends(from_page)], status_code=201)
async def open_cart() -> dict[str, str]:
    cart = str(uuid4())
    carts[cart] = []
    return {"id": cart}


@app.post("/api/carts/{cart}/lines", dependencies=[*api, Depends(from_page)], status_code=201)
async def add_line(cart: str, line: Line) -> dict[str, int]:
    if cart not in carts or line.cart != cart or not 4010 <= line.product_id < 4020:
        raise HTTPException(404, "There is no such cart, or no such product.")
    carts[cart].append(line.product_id)
    return {"lines": len(carts[cart])}


@app.post("/api/orders", dependencies=[*api, Depends(from_page)], status_code=201)
async def order(purchase: Purchase) -> dict[str, dict[str, int]]:
    if not carts.pop(purchase.cart_id, None):
        raise HTTPException(409, "The cart is empty, or was ordered already.")
    number = next(numbers)
    orders[number] = [1]
    return {"order": {"number": number}}


@app.get("/orders/{number}")
async def order_page(number: int, sessionid: Annotated[str, Cookie()]) -> HTMLResponse:
    csrf_of(sessionid)
    if number not in orders:
        raise HTTPException(404, "There is no such order.")
    return page("Order", f"{number}")


@app.post("/reviews")
async def review(sessionid: Annotated[str, Cookie()], text: Annotated[str, Form()]) -> RedirectResponse:
    csrf_of(sessionid)
    number = next(numbers)
    orders[number] = [1]
    return RedirectResponse(f"/reviews/{number}", 303)


@app.get("/reviews/{number}")
async def review_page(number: int) -> HTMLResponse:
    if number not in orders:
        raise HTTPException(404, "There is no such review.")
    return page("Review", f"{number}")


@app.post("/reviews/{number}/publish", status_code=204)
async def publish(number: int) -> Response:
    if orders.pop(number, None) is None:
        raise HTTPException(409, "There is no such review, or it is published.")
    return Response(status_code=204)


@app.get("/static/{name}")
async def static(name: str) -> PlainTextResponse:
    media = {"css": "text/css", "js": "text/javascript", "png": "image/png"}[name.rpartition(".")[2]]
    return PlainTextResponse("/* */", media_type=media)
