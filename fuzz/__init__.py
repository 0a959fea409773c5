"""Coverage-guided fuzzing of the laws: ``python -m fuzz TARGET``; README.md says how."""
