"""Long work: runs that are chunked, checkpointed and resumable."""
