"""The pack that the Service Integration Board looks at each month: what stands in it, as plain data."""
