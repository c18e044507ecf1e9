"""The heart of siamhub: model, settings, store, sync and KPI engine; it imports nothing of connectors or exporters."""
