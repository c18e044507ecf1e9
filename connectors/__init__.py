"""The connector language, its engine, the shipped manifests and the simulated suppliers."""
