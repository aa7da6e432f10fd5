"""Tables, engine, repositories and migrations: the one place that knows the database."""
