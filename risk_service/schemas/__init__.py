"""The shapes of requests and answers, apart from the domain's own types."""
