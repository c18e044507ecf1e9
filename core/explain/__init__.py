"""What figures are made of: pure functions from the columns of `core.kpi` to parts, one module per section."""
