# SPDX-License-Identifier: Apache-2.0
"""Compresses a file with gzip, such that the same content always gives the same bytes."""

import gzip
import sys

with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as target:
    target.write(gzip.compress(source.read(), compresslevel=9, mtime=0))
