"""The store: tables, bulk upserts, checkpoints, migrations and the reading of facts; the only SQL there is."""
