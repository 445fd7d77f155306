"""What `dev.py` does. Standard library alone: the first command runs before `.venv` exists."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
