# SPDX-License-Identifier: Apache-2.0
"""geodiff at work, for row 8: diff BASE EDITED CHANGESET, or apply FILE CHANGESET.

Prints the milliseconds of CPU that it took, the start of Python left out. Needs pygeodiff
(pip install pygeodiff)."""

import sys
import time

import pygeodiff

geodiff = pygeodiff.GeoDiff()
steps = {"diff": geodiff.create_changeset, "apply": geodiff.apply_changeset}
began = time.process_time()
steps[sys.argv[1]](*sys.argv[2:])
print((time.process_time() - began) * 1000)
