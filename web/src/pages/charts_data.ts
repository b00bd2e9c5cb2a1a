// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import type { History } from "../api/types";
import { sumRates, sumUsage } from "../lib/rates";
import { append, fromHistory, type Chart } from "../lib/series";
import { connection, state } from "../state/live";
import { useStore } from "../state/store";
import { useFetched } from "../ui/fetched";
import { belongsTo, type Subject } from "./charts_subject";

/** Not of everything: an hour of 200 instances is megabytes. */
function historyPath({ kind, project }: Subject): string {
  if (kind !== "service") return `/v1/history?minutes=60&kind=${kind}`;
  // Its groups have its traffic.
  return `/v1/history?minutes=60&kind=service,group&project=${encodeURIComponent(project)}`;
}

/** The last hour of it, then a point each second. */
export function useChart(subject: Subject): { chart: Chart | null; error: string | null } {
  // After a break the history fills the gap.
  const isLive = useStore(connection, (now) => now.phase === "live");
  const { value, error } = useFetched<History>(historyPath(subject), isLive);
  const rates = useStore(state, (now) => now.rates);
  const [chart, setChart] = useState<Chart | null>(null);

  useEffect(() => {
    if (value) setChart(fromHistory(value, (series) => belongsTo(series, subject)));
  }, [value, subject]);
  useEffect(() => {
    const { usage, instances, skew } = state.get();
    const own = [...instances.values()].filter(
      ({ project, service }) => project === subject.project && service === subject.service,
    );
    const sample = {
      time: (Date.now() + skew) / 1000,
      rate: sumRates(rates, subject.edgeIds),
      usage: sumUsage(usage, own),
    };
    if (isLive) setChart((before) => before && append(before, sample));
  }, [rates]);
  return { chart, error };
}
