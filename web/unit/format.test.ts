// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import {
  formatAge,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDuration,
  formatMicroseconds,
  formatMoment,
  formatPercent,
  formatRate,
} from "../src/lib/format";

test("counts have three digits at most, and a unit", () => {
  assert.deepEqual(
    [0, 0.5, 9.96, 12, 12.34, 120.4, 999.4, 999.6, 1500, 2_340_000].map(formatCount),
    ["0", "0.5", "10", "12", "12.3", "120", "999", "1k", "1.5k", "2.3M"],
  );
});

test("rates below what can be shown are not shown as none", () => {
  assert.deepEqual([0, 0.001, 0.25].map(formatRate), ["0/s", "<0.01/s", "0.25/s"]);
  assert.equal(formatPercent(0.01), "<0.1 %");
});

test("latencies go from microseconds to seconds, and none is a dash", () => {
  assert.deepEqual([0, 850, 1234, 15_000, 3_400_000].map(formatMicroseconds), [
    "–",
    "850 µs",
    "1.2 ms",
    "15 ms",
    "3.4 s",
  ]);
});

test("bytes are in powers of 1,024", () => {
  assert.deepEqual([0, 1000, 1023.7, 1536, 20 * 2 ** 20].map(formatBytes), [
    "0 B",
    "1000 B",
    "1 KiB",
    "1.5 KiB",
    "20 MiB",
  ]);
});

test("durations have two units at most", () => {
  assert.deepEqual([-5, 850, 3400, 60_000, 125_000, 11_520_000, 360_000_000].map(formatDuration), [
    "0 ms",
    "850 ms",
    "3.4 s",
    "1 min",
    "2 min 5 s",
    "3 h 12 min",
    "4 d 4 h",
  ]);
  assert.equal(formatAge(400), "just now");
  assert.equal(formatAge(61_000), "1 min 1 s ago");
});

test("the clock has 24 hours everywhere", () => {
  const evening = new Date(2026, 10, 21, 19, 48, 5);
  const midnight = new Date(2026, 10, 21, 0, 5, 0);

  assert.equal(formatClock(evening.getTime()), "19:48:05");
  assert.match(formatDate(evening.toISOString()), /19:48$/);
  assert.match(formatMoment(evening.toISOString()), /19:48:05$/);
  assert.match(formatClock(midnight.getTime()), /^0?0:05:00$/);
  assert.equal(formatDate(null), "–");
});
