"""What a case is judged by: the catalogue of features and the pure functions that compute them."""
