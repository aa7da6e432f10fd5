"""Makes releases: simulation, snapshots, labels, fitting, evaluation. Imports models and nothing else of ours."""
