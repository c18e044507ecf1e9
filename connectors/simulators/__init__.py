"""The vendors as real HTTP servers on loopback with a generated world: for the demo, for tests, for first steps."""
