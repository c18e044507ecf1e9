"""The same first sync by others, each in its own virtual environment."""
