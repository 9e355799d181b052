"""The example service: a small shop on FastAPI, SQLAlchemy and a real PostgreSQL."""
