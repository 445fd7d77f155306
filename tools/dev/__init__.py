"""The commands of `dev.py`, with the standard library alone: the first one runs before `.venv` exists."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
