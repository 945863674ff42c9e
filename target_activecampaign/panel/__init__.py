"""The panel: a web page for those who know marketing and not YAML, served beside the inbox.

`app` joins it to the inbox's application; `pages` has one module for each page. Rules are read and
written by `rules_file`, what has come is found by `order_index` and `order_search`.
"""

from __future__ import annotations
