"""What the names of properties tell of their values: which there are only once, which are small, what people write."""

from __future__ import annotations

DISTINCT = frozenset(
    (
        "code", "email", "handle", "isbn", "login", "mail", "name", "nick", "nickname", "reference", "serial", "sku", "slug",
        "title", "username",
    )
)  # fmt: skip
"""Last words of properties of which a service may have each value only once."""
SHARED = frozenset(
    (
        "city", "color", "colour", "country", "currency", "family", "first", "full", "given", "language", "last", "middle",
        "postal", "state", "status", "street", "zip",
    )
)  # fmt: skip
"""Words that tell otherwise."""
IN_ONE_WORD = frozenset(("code", "handle", "login", "nick", "nickname", "sku", "slug", "username"))
"""Names of what has no blanks in it."""
SMALL = frozenset(("amount", "count", "guests", "number", "page", "quantity", "qty", "seats"))
LATER = frozenset(
    (
        "checkout", "deadline", "departs", "departure", "due", "end", "ends", "expires", "expiry", "finish", "leaves", "to",
        "until", "valid",
    )
)  # fmt: skip
"""Words of moments that are to come."""
PICTURES = frozenset(("avatar", "image", "images", "photo", "photos", "picture"))
SAMPLES = {
    "address": "Main Street 1", "city": "Berlin", "color": "blue", "colour": "blue", "country": "Germany", "currency": "EUR",
    "family": "Berg", "first": "Anna", "full": "Anna Berg", "given": "Anna", "language": "en", "last": "Berg",
    "locale": "en-US", "password": "Correct-Horse-9", "phone": "+49 30 1234567", "postal": "10115", "postcode": "10115",
    "state": "Berlin", "street": "Main Street 1", "surname": "Berg", "timezone": "Europe/Berlin", "zip": "10115",
}  # fmt: skip
"""By a word of a property's name."""
CANDIDATES = (
    "Written under load.", "a", "A", "1", "DE", "EUR", "10", "TEXT", "en", "en-US", "123456", "2026-01-31",
    "12:30:00", "+49301234567", "1.50", "https://example.com/", "Correct-Horse-9", "#1e90ff", "abc-123", "192.0.2.1",
)  # fmt: skip
"""Tried where a pattern can't be read."""
FORMATS = {
    "uri": "https://example.com/", "url": "https://example.com/", "uri-reference": "/", "iri": "https://example.com/",
    "hostname": "example.com", "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "time": "12:30:00Z", "duration": "P1D",
    "byte": "bG9hZA==", "base64": "bG9hZA==", "json-pointer": "/a", "regex": "a+", "password": "Correct-Horse-9",
    "ipvanyaddress": "192.0.2.1", "ipvanynetwork": "192.0.2.0/24", "ipvanyinterface": "192.0.2.1/24", "json-string": "{}",
    "email": "anna@example.com", "idn-email": "anna@example.com",
}  # fmt: skip
