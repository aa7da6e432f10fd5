"""What the service does, for every edge alike: no Flask, no SQL."""
