"""Numba, imported where no file of settings in the current folder has a say in it."""

from __future__ import annotations

import os
from typing import Any

from sim.processes import elsewhere

with elsewhere(".numba_config.yaml"):
    import numba as _numba
    from llvmlite import binding as llvm
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.core import config as _config
    from numba.extending import intrinsic, register_jitable

__all__ = ["cgutils", "intrinsic", "ir", "llvm", "numba", "register_jitable", "types"]

numba: Any = _numba  # its configuration is not in its stubs

_config._config_fname = os.devnull  # it is looked for again whenever something is compiled
