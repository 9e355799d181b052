"""The fault laboratory: small real services with one fault each, and sound ones; the diagnosis against a known truth."""
