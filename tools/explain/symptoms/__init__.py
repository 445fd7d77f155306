"""Messages that carry neither a token nor an AADSTS code: what Power Platform, Copilot Studio and others write."""

from __future__ import annotations

from tools.explain.symptoms import agent, connection, refusal
from tools.explain.symptoms.symptom import Symptom

SYMPTOMS: tuple[Symptom, ...] = (*connection.ROWS, *refusal.ROWS, *agent.ROWS)

__all__ = ["SYMPTOMS", "Symptom"]
