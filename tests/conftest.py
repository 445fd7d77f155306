"""What every test process needs before it imports anything else."""

from __future__ import annotations

import sys

sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]
# jsonschema imports it where it is installed (here: by cyclonedx-bom), which costs two seconds, for a format that no
# schema of ours names. None in its place is an ImportError, which jsonschema expects.
