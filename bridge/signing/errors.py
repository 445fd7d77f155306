"""What is wrong with signing material."""

from __future__ import annotations


class KeyMaterialError(Exception):
    """The text is no usable signing material.

    `problem` follows the setting's name ("is empty"), `fix` says what to do; neither holds anything secret.
    """

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__(f"{problem}. {fix}")
        self.problem = problem
        self.fix = fix
