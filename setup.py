"""A wheel brings the result files along, so that tables can be drawn where no clone is."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithResults(build_py):
    """Copy `results/` beside the modules; an editable install reads it where it lies."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if not self.editable_mode:
            here = Path(__file__).parent / "results"
            shutil.copytree(here, Path(self.build_lib) / "melonb" / "results", dirs_exist_ok=True)


setup(cmdclass={"build_py": WithResults})
