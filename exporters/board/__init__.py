"""The board pack for people: its words, its charts, and the page that holds both."""
