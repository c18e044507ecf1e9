"""The tools of who writes or checks a connector: conversations replayed and recorded, records tried."""
