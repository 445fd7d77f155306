"""The error of unusable signing material."""

from __future__ import annotations


class KeyMaterialError(Exception):
    """The text cannot be used as signing material.

    `problem` continues the setting's name ("is empty"), `fix` says what to do; neither contains secrets.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}. {fix}")
        self.problem = problem
        self.fix = fix
