"""What a model is: feeds, cases, features, rules, terms, scores and releases. Imports nothing of ours."""
