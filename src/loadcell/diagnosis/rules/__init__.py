"""The rules: each a pure function Situation → Finding | None. Their order is in `diagnosis.order`."""
