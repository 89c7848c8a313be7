"""Whether polygons are a coverage, by GEOS: coverage.py CELLS RUNS, with the file that gewang-bench-peers takes.

It prints the seconds of each run of coverage_invalid_edges, one a line. Needs shapely 2.
"""

import struct
import sys
import time

import numpy
import shapely

data = open(sys.argv[1], "rb").read()
(count,) = struct.unpack_from("<I", data)
at, rings = 4, []
for _ in range(count):
    (size,) = struct.unpack_from("<I", data, at)
    rings.append(numpy.frombuffer(data, "<f8", 2 * size, at + 4).reshape(-1, 2))
    at += 4 + 16 * size
owners = numpy.repeat(numpy.arange(count), [len(ring) for ring in rings])
polygons = shapely.polygons(shapely.linearrings(numpy.concatenate(rings), indices=owners))
for _ in range(int(sys.argv[2])):
    start = time.perf_counter()
    shapely.coverage_invalid_edges(polygons)
    print(time.perf_counter() - start)
