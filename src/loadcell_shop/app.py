"""The shop's routes. Start it with `python -m loadcell_shop`, which brings a database along."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, Field
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from . import tokens
from .access_log import AccessLogMiddleware
from .engine import create_engine
from .models import Customer, Item, Order, OrderLine, SigningKey
from .seeding import prepare
from .settings import Settings

IDS = range(1, 2**31)  # what fits the column
Text = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]  # PostgreSQL stores no NUL


class NewItem(BaseModel):
    """An item to be added."""

    name: Text
    price: float = Field(ge=0, le=1_000_000, allow_inf_nan=False)


class ItemOut(NewItem):
    """An item as the shop shows it."""

    id: int


class Credentials(BaseModel):
    """What a customer logs in with."""

    username: Text
    password: Text


class Token(BaseModel):
    """What a customer shows from then on."""

    access_token: str
    token_type: str = "bearer"


class NewOrderLine(BaseModel):
    """An item to be ordered."""

    item_id: int = Field(ge=IDS.start, lt=IDS.stop)
    quantity: int = Field(ge=1, le=1000)


class NewOrder(BaseModel):
    """What a customer orders."""

    lines: list[NewOrderLine] = Field(min_length=1, max_length=20)


class OrderCreated(BaseModel):
    """The number of a new order."""

    id: int


class OrderLineOut(BaseModel):
    """One item of an order."""

    item: str
    price: float
    quantity: int


class OrderOut(BaseModel):
    """An order as its customer sees it."""

    id: int
    created_at: datetime
    lines: list[OrderLineOut]


async def database_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Give a handler a session of its own."""
    async with request.app.state.sessions() as session:
        yield session


async def current_customer(
    request: Request, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]
) -> int:
    """Return the number of the customer whose token came with the request."""
    customer_id = tokens.verify(bearer.credentials, request.app.state.signing_key) if bearer else None
    if customer_id is None:
        raise HTTPException(401, "Log in first.", headers={"WWW-Authenticate": "Bearer"})
    return customer_id


Session = Annotated[AsyncSession, Depends(database_session)]
CustomerId = Annotated[int, Depends(current_customer)]


async def index() -> dict[str, str]:
    """Greet; the one page that needs no database."""
    return {"shop": "Loadcell's example shop", "docs": "/docs"}


async def health(session: Session) -> dict[str, str]:
    """Say whether the database answers."""
    await session.execute(select(1))
    return {"status": "ok"}


async def show_item(item_id: int, session: Session) -> ItemOut:
    """Show one item."""
    item = await session.get(Item, item_id) if item_id in IDS else None
    if item is None:
        raise HTTPException(404, "There is no such item.")
    return ItemOut(id=item.id, name=item.name, price=item.price)


async def create_item(new: NewItem, session: Session) -> ItemOut:
    """Add an item."""
    item = Item(name=new.name, price=round(new.price, 2))
    session.add(item)
    await session.commit()
    return ItemOut(id=item.id, name=item.name, price=item.price)


async def login(credentials: Credentials, request: Request, session: Session) -> Token:
    """Exchange a name and a password for a token."""
    known = await session.scalar(
        select(Customer.id).where(
            Customer.username == credentials.username,
            Customer.password_hash == tokens.password_hash(credentials.username, credentials.password),
        )
    )
    if known is None:
        raise HTTPException(401, "The name or the password is wrong.")
    return Token(access_token=tokens.issue(known, request.app.state.signing_key))


async def list_orders(
    customer_id: CustomerId, session: Session, limit: Annotated[int, Query(ge=1, le=100)] = 10
) -> list[OrderOut]:
    """List the customer's newest orders with their lines: fast only when order_lines.order_id has its index."""
    newest = (
        select(Order.id, Order.created_at)
        .where(Order.customer_id == customer_id)
        .order_by(Order.created_at.desc(), Order.id.desc())
        .limit(limit)
        .subquery()
    )
    rows = await session.execute(
        select(newest.c.id, newest.c.created_at, Item.name, Item.price, OrderLine.quantity)
        .join(OrderLine, OrderLine.order_id == newest.c.id)
        .join(Item, Item.id == OrderLine.item_id)
        .order_by(newest.c.created_at.desc(), newest.c.id.desc(), OrderLine.id)
    )
    orders: dict[int, OrderOut] = {}
    for order_id, created_at, name, price, quantity in rows:
        order = orders.setdefault(order_id, OrderOut(id=order_id, created_at=created_at, lines=[]))
        order.lines.append(OrderLineOut(item=name, price=price, quantity=quantity))
    return list(orders.values())


async def create_order(new: NewOrder, customer_id: CustomerId, session: Session) -> OrderCreated:
    """Order some items."""
    order = Order(customer_id=customer_id)
    session.add(order)
    await session.flush()
    order_id = order.id
    try:
        await session.execute(insert(OrderLine), [{"order_id": order_id, **line.model_dump()} for line in new.lines])
    except IntegrityError:
        raise HTTPException(404, "There is no such item.") from None
    await session.commit()
    return OrderCreated(id=order_id)


async def database_is_busy(request: Request, error: Exception) -> JSONResponse:
    """Answer 503 when no database connection became free in time."""
    return JSONResponse({"detail": "The database is busy."}, status_code=503)


def create_app(settings: Settings) -> FastAPI:
    """Return the shop, ready to be served."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.engine = engine = create_engine(settings)
        app.state.sessions = async_sessionmaker(engine, expire_on_commit=False)
        try:
            # Also here, so that the shop is complete when a server other than `python -m loadcell_shop` starts it.
            await prepare(engine, order_index=settings.order_index)
            async with app.state.sessions() as session:
                app.state.signing_key = await session.scalar(select(SigningKey.key))
            yield
        finally:
            await engine.dispose()

    app = FastAPI(title="Shop", lifespan=lifespan)
    app.get("/")(index)
    app.get("/health")(health)
    app.get("/items/{item_id}")(show_item)
    app.post("/items/", status_code=201)(create_item)
    app.post("/login")(login)
    app.get("/orders")(list_orders)
    app.post("/orders", status_code=201)(create_order)
    app.exception_handler(PoolTimeoutError)(database_is_busy)
    if settings.access_log is not None:
        app.add_middleware(AccessLogMiddleware, path=settings.access_log)
    return app


app = create_app(Settings.from_environment(os.environ))
