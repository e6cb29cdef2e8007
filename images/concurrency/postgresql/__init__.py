"""Django's backend of PostgreSQL, for requests that do not wait for ever. settings.py names it as ENGINE."""
