"""The first file of explain.pyz: imports the command from the compressed sources beside it, and runs it."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - run by whatever Python a person has
    sys.exit("explain.pyz needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))

try:
    import lzma
except ImportError:
    sys.exit("explain.pyz needs a Python with the module lzma; this one was built without it.")

import json
import zipfile
from collections.abc import Sequence
from importlib.abc import MetaPathFinder, SourceLoader
from importlib.machinery import ModuleSpec
from types import ModuleType


class Sources(MetaPathFinder, SourceLoader):  # type: ignore[misc]  # the standard library contradicts itself here
    """Imports modules from their texts, by path; the tables are beside them."""

    def __init__(self, files: dict[str, str]) -> None:
        self.files = files

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of that name, None if it is not in the archive."""
        folder = name.replace(".", "/")
        for file in (f"{folder}/__init__.py", f"{folder}.py"):
            if file in self.files:
                spec = ModuleSpec(name, self, origin=file, is_package=file.endswith("__init__.py"))
                spec.has_location = True
                return spec
        return None

    def get_filename(self, fullname: str) -> str:
        """The path of a module."""
        spec = self.find_spec(fullname)
        if spec is None or spec.origin is None:
            raise ImportError(fullname)
        return spec.origin

    def get_data(self, path: str) -> bytes:
        """The content of a file. Raises OSError, as the import system expects."""
        text = self.files.get(path.replace("\\", "/"))
        if text is None:
            raise FileNotFoundError(path)
        return text.encode("utf-8")


if __name__ == "__main__":
    with zipfile.ZipFile(sys.path[0]) as archive:
        sys.meta_path.insert(0, Sources(json.loads(lzma.decompress(archive.read("sources.json.xz")))))
    from tools.cli.main import main

    sys.exit(main(["explain", *sys.argv[1:]]))
