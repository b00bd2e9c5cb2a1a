// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useState } from "preact/hooks";
import { lines } from "../api/client";
import type { SlipwayEvent } from "../api/types";
import { makeTimeline, mergeEvents, type Timeline } from "../lib/timeline";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { tellFailure } from "./action";

/** What the store has of it; the live stream goes on from there. */
function useKept(project: string, deploy: number): SlipwayEvent[] | null {
  const [kept, setKept] = useState<SlipwayEvent[] | null>(null);
  const missed = useStore(state, (value) => value.missed);

  useEffect(() => {
    const control = new AbortController();
    const address = `/v1/events?project=${encodeURIComponent(project)}&deploy=${deploy}`;
    (async () => {
      const all: SlipwayEvent[] = [];
      for await (const some of lines<SlipwayEvent>(address, control.signal)) all.push(...some);
      setKept(all);
    })().catch((error: unknown) => {
      if (control.signal.aborted) return;
      setKept([]);
      tellFailure(error);
    });
    return () => control.abort();
  }, [project, deploy, missed]);
  return kept;
}

/** A deploy from its beginning to now; what the server keeps of it may still be on its way. */
export function useTimeline(
  project: string,
  deploy: number,
): { timeline: Timeline; isLoaded: boolean } {
  const kept = useKept(project, deploy);
  const live = useStore(state, (value) => value.events);
  const timeline = useMemo(
    () =>
      makeTimeline(
        mergeEvents(
          kept ?? [],
          live.filter((event) => event.deploy === deploy),
        ),
      ),
    [kept, live, deploy],
  );

  return { timeline, isLoaded: kept !== null };
}
