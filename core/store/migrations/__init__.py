"""Migrations of the store, run at start by `core.store.migrate`."""
