"""What stops the shop from starting, as one sentence for its user."""


class ShopError(Exception):
    """The shop cannot start; the message says why and what to do."""
