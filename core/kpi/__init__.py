"""The KPI engine: pure functions from columns to figures, one module per section of the definitions."""
