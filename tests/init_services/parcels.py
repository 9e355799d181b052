"""Parcels of customers: nothing is said of any answer, a key in the query, envelopes of several forms, and some traps."""

from __future__ import annotations

from itertools import count
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import APIKeyQuery
from pydantic import BaseModel

CREDENTIALS = {"API_KEY": "for-tests"}
key_of_the_query = APIKeyQuery(name="apikey")


def check(key: Annotated[str, Security(key_of_the_query)]) -> None:
    if key != CREDENTIALS["API_KEY"]:
        raise HTTPException(401)


app = FastAPI(title="Parcels", dependencies=[Depends(check)])
numbers = count(1000)
customers: dict[int, dict[str, Any]] = {one: {"id": one, "name": f"Customer {one}"} for one in (501, 502, 503)}
parcels: dict[int, dict[str, Any]] = {one: {"parcel_id": one, "customer_id": 501} for one in (17, 18)}


class NewParcel(BaseModel):
    customer_id: int
    grams: int


def known(table: dict[int, dict[str, Any]], number: int) -> dict[str, Any]:
    if number not in table:
        raise HTTPException(404)
    return table[number]


@app.get("/customers")
async def list_customers(limit: int = 20):  # type: ignore[no-untyped-def]
    return {"total": len(customers), "page": {"customers": list(customers.values())[-limit:]}}


@app.get("/customers/{customer_id}")
async def show_customer(customer_id: int):  # type: ignore[no-untyped-def]
    return known(customers, customer_id)


@app.get("/parcels")
async def list_parcels():  # type: ignore[no-untyped-def]
    return list(parcels.values())[-50:]


@app.post("/parcels", status_code=201)
async def send_parcel(parcel: NewParcel):  # type: ignore[no-untyped-def]
    known(customers, parcel.customer_id)
    number = next(numbers)
    parcels[number] = {"parcel_id": number, **parcel.model_dump()}
    return {"result": parcels[number]}


@app.get("/parcels/{parcel_id}")
async def show_parcel(parcel_id: int):  # type: ignore[no-untyped-def]
    return known(parcels, parcel_id)


@app.post("/parcels/{parcel_id}/scans")
async def scan_parcel(parcel_id: int):  # type: ignore[no-untyped-def]
    return known(parcels, parcel_id)


@app.delete("/parcels/{parcel_id}")
async def withdraw_parcel(parcel_id: int):  # type: ignore[no-untyped-def]
    known(parcels, parcel_id)
    return parcels.pop(parcel_id)


@app.delete("/parcels")
async def withdraw_all():  # type: ignore[no-untyped-def]
    parcels.clear()


@app.post("/depot/shutdown")
async def close_depot():  # type: ignore[no-untyped-def]
    customers.clear()
