// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import type { History, Rate } from "../src/api/types";
import { sumRates, sumRecent } from "../src/lib/rates";
import { append, fromHistory } from "../src/lib/series";

const HISTORY: History = {
  step_s: 5,
  end: 100_000,
  series: [
    {
      kind: "group",
      id: "a",
      name: "a",
      project: "shop",
      requests: [1, null, 3],
      p95_us: [10, null, 30],
    },
    {
      kind: "group",
      id: "b",
      name: "b",
      project: "shop",
      requests: [2, null, 4],
      p95_us: [20, null, 5],
    },
    { kind: "service", id: "web", name: "web", project: "shop", cpu_percent: [7, 8, null] },
  ],
};

test("requests add up, of latencies the worst counts, and what is not known stays so", () => {
  const chart = fromHistory(HISTORY, () => true);
  assert.deepEqual(chart.times, [90, 95, 100]);
  assert.deepEqual(chart.requests, [3, null, 7]);
  assert.deepEqual(chart.p95, [20, null, 30]);
  assert.deepEqual(chart.cpu, [7, 8, null]);
});

test("a live point comes at the end, and what is older than an hour goes", () => {
  const rate: Rate = [9, 1, 1, 2, 3, 0, 0, 0, 0];
  const chart = append(
    fromHistory(HISTORY, () => true),
    { time: 3695, rate, usage: null },
  );
  assert.deepEqual(chart.times, [100, 3695]);
  assert.deepEqual(chart.requests, [7, 9]);
  assert.equal(append(chart, { time: 3000, rate, usage: null }), chart);
});

test("rates of several groups are one", () => {
  const rates = new Map<string, Rate>([
    ["a", [10, 1, 5, 50, 90, 1, 2, 3, 4]],
    ["b", [20, 0, 6, 40, 95, 1, 2, 3, 4]],
  ]);
  assert.deepEqual(sumRates(rates, ["a", "b", "gone"]), [30, 1, 6, 50, 95, 2, 4, 6, 8]);
  assert.deepEqual(
    sumRecent(
      new Map([
        ["a", [1, 2, 3]],
        ["b", [10]],
      ]),
      ["a", "b"],
    ),
    [1, 2, 13],
  );
});
