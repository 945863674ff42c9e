"""Records: the columns of a stream, and the values that fill them."""

from __future__ import annotations
