"""The pages for investigators."""
