// SPDX-License-Identifier: Apache-2.0
// What charts draw: columns of values at the same times, first from the server's history, then live.
// Pure.

import type { History, Rate, Series } from "../api/types";

export type Column = (number | null)[];

export interface Traffic {
  requests: Column;
  errors: Column;
  p50: Column;
  p95: Column;
  p99: Column;
}

export interface Load {
  cpu: Column;
  memory: Column;
}

export interface Chart extends Traffic, Load {
  /** In seconds since 1970. */
  times: number[];
}

const SECONDS_KEPT = 3600;

function sum(columns: (Column | undefined)[], length: number): Column {
  return combine(columns, length, (a, b) => a + b);
}

function worst(columns: (Column | undefined)[], length: number): Column {
  return combine(columns, length, Math.max);
}

function combine(
  columns: (Column | undefined)[],
  length: number,
  both: (a: number, b: number) => number,
): Column {
  return Array.from({ length }, (_, i) => {
    let result: number | null = null;
    for (const column of columns) {
      const value = column?.[i] ?? null;
      if (value !== null) result = result === null ? value : both(result, value);
    }
    return result;
  });
}

/** The series of these ids as one chart. */
export function fromHistory(history: History, isWanted: (series: Series) => boolean): Chart {
  const all = history.series.filter(isWanted);
  const length = Math.max(
    0,
    ...all.map((series) => (series.requests ?? series.cpu_percent ?? []).length),
  );
  const end = history.end / 1000;

  return {
    times: Array.from({ length }, (_, i) => end - (length - 1 - i) * history.step_s),
    requests: sum(
      all.map((series) => series.requests),
      length,
    ),
    errors: sum(
      all.map((series) => series.errors),
      length,
    ),
    p50: worst(
      all.map((series) => series.p50_us),
      length,
    ),
    p95: worst(
      all.map((series) => series.p95_us),
      length,
    ),
    p99: worst(
      all.map((series) => series.p99_us),
      length,
    ),
    cpu: sum(
      all.map((series) => series.cpu_percent),
      length,
    ),
    memory: sum(
      all.map((series) => series.memory_bytes),
      length,
    ),
  };
}

export interface Sample {
  time: number;
  rate: Rate;
  usage: { cpu: number; memory: number } | null;
}

/** With one more point at its end; what is older than an hour goes. */
export function append(chart: Chart, { time, rate, usage }: Sample): Chart {
  const last = chart.times[chart.times.length - 1];
  if (last !== undefined && time <= last) return chart;
  const from = chart.times.findIndex((t) => t > time - SECONDS_KEPT);
  const add = <T>(column: T[], value: T): T[] => [...(from < 0 ? [] : column.slice(from)), value];
  const latency = (us: number) => (rate[0] > 0 ? us : null);

  return {
    times: add(chart.times, time),
    requests: add(chart.requests, rate[0]),
    errors: add(chart.errors, rate[1]),
    p50: add(chart.p50, latency(rate[2])),
    p95: add(chart.p95, latency(rate[3])),
    p99: add(chart.p99, latency(rate[4])),
    cpu: add(chart.cpu, usage?.cpu ?? null),
    memory: add(chart.memory, usage?.memory ?? null),
  };
}
