"""Bearer tokens: a customer's number and its signature. They do not expire, since a soak test may last for days."""

import hashlib
import hmac


def password_hash(username: str, password: str) -> str:
    """Return what is stored of a password: cheap on purpose, so that the load is on the shop and not on hashing."""
    return hashlib.sha256(f"{username}:{password}".encode()).hexdigest()


def issue(customer_id: int, key: bytes) -> str:
    """Return the token of a customer."""
    return f"{customer_id}.{_signature(str(customer_id), key)}"


def verify(token: str, key: bytes) -> int | None:
    """Return the customer a token belongs to, or None when it was not issued with this key."""
    customer_id, _, signature = token.partition(".")
    genuine = hmac.compare_digest(signature.encode(), _signature(customer_id, key).encode())
    return int(customer_id) if genuine else None


def _signature(text: str, key: bytes) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
