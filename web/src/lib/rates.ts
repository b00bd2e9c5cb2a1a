// SPDX-License-Identifier: Apache-2.0
// Figures of several things as one.

import type { Instance, Rate, Service, Usage } from "../api/types";

/** Requests and errors add up; of latencies the worst is kept, as percentiles cannot be added. */
export function sumRates(rates: ReadonlyMap<string, Rate>, ids: string[]): Rate {
  const sum: Rate = [0, 0, 0, 0, 0, 0, 0, 0, 0];

  for (const id of ids) {
    const rate = rates.get(id);
    if (!rate) continue;
    for (const i of [0, 1, 5, 6, 7, 8] as const) sum[i] += rate[i];
    for (const i of [2, 3, 4] as const) sum[i] = Math.max(sum[i], rate[i]);
  }
  return sum;
}

export function sumRecent(
  recent: ReadonlyMap<string, readonly number[]>,
  ids: string[],
): readonly number[] {
  const all = ids.map((id) => recent.get(id) ?? []).filter((values) => values.length > 0);

  if (all.length < 2) return all[0] ?? [];
  const length = Math.max(...all.map((values) => values.length));
  return Array.from({ length }, (_, i) =>
    all.reduce((sum, values) => sum + (values[values.length - length + i] ?? 0), 0),
  );
}

export function sumUsage(
  usage: ReadonlyMap<string, Usage>,
  instances: Instance[],
): { cpu: number; memory: number } | null {
  const found = instances.flatMap(({ id }) => {
    const used = usage.get(id);
    return used ? [used] : [];
  });

  if (!found.length) return null;
  return {
    cpu: found.reduce((sum, [cpu]) => sum + cpu, 0),
    memory: found.reduce((sum, [, memory]) => sum + memory, 0),
  };
}

export function instancesOf(
  instances: ReadonlyMap<string, Instance>,
  project: string,
  service: Service,
): Instance[] {
  return [...instances.values()].filter(
    (instance) => instance.project === project && instance.service === service.name,
  );
}
