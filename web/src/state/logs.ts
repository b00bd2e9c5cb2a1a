// SPDX-License-Identifier: Apache-2.0
// Follows the logs of some instances, each by a stream of its own, and keeps the newest lines as one
// list by time. A stream that ends is opened again from where it was.

import { ApiError, lines, path } from "../api/client";
import type { Instance, LogLine } from "../api/types";
import { makeLine, mergeLines, type Line } from "../lib/logs";
import { signOut } from "./live";
import { Store } from "./store";

/** A browser opens six connections to a server; the live stream and requests need some of them. */
export const MOST_STREAMS = 4;

const LINES_KEPT = 5000;
const FIRST_LINES = 300;
const RETRY_MS = 2000;

export interface Log {
  lines: readonly Line[];
  /** By instance: why it is not followed. */
  troubles: ReadonlyMap<string, string>;
}

export class LogFollower {
  readonly log = new Store<Log>({ lines: [], troubles: new Map() });
  private streams = new Map<string, AbortController>();
  private waiting: Line[] = [];
  private isDue = false;
  private count = 0;
  private isPaused = false;

  /** These and no others; what others have said stays. */
  follow(instances: Instance[]): void {
    const wanted = new Map(instances.map((instance) => [instance.id, instance]));

    for (const [id, control] of this.streams) {
      if (wanted.has(id)) continue;
      control.abort();
      this.streams.delete(id);
      this.setTrouble(id, null);
    }
    for (const [id, instance] of wanted) {
      if (this.streams.has(id)) continue;
      const control = new AbortController();
      this.streams.set(id, control);
      void this.read(instance, control.signal);
    }
  }

  stop(): void {
    this.follow([]);
  }

  clear(): void {
    this.waiting = [];
    this.log.set({ ...this.log.get(), lines: [] });
  }

  /** While it is paused lines are kept, but not shown. */
  pause(isPaused: boolean): void {
    this.isPaused = isPaused;
    this.show();
  }

  private async read(instance: Instance, signal: AbortSignal): Promise<void> {
    let last = "";

    while (!signal.aborted) {
      const from = last;
      const query = from ? `since=${encodeURIComponent(from)}` : `tail=${FIRST_LINES}`;
      const address = path("projects", instance.project, "instances", instance.id, "logs");
      try {
        for await (const batch of lines<LogLine>(`${address}?follow=1&${query}`, signal)) {
          this.setTrouble(instance.id, null);
          // `since` gives the last line once more.
          const fresh = batch.filter((line) => line.time !== from);
          last = fresh[fresh.length - 1]?.time ?? last;
          this.add(fresh.map((line) => makeLine(this.count++, instance.name, line)));
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) return signOut(error.message);
        const message = error instanceof ApiError ? error.message : "Slipway does not answer";
        this.setTrouble(instance.id, `${instance.name}: ${message}`);
      }
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }

  private setTrouble(id: string, trouble: string | null): void {
    const { troubles } = this.log.get();
    if ((troubles.get(id) ?? null) === trouble) return;
    const changed = new Map(troubles);
    if (trouble === null) changed.delete(id);
    else changed.set(id, trouble);
    this.log.set({ ...this.log.get(), troubles: changed });
  }

  /** A service may say thousands of lines a second: they are put in order once a frame. */
  private add(fresh: Line[]): void {
    for (const line of fresh) this.waiting.push(line);
    if (this.waiting.length > 2 * LINES_KEPT) this.waiting = this.waiting.slice(-LINES_KEPT);
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      this.show();
    });
  }

  private show(): void {
    if (this.isPaused || !this.waiting.length) return;
    const fresh = this.waiting;
    this.waiting = [];
    const log = this.log.get();
    this.log.set({ ...log, lines: mergeLines(log.lines, fresh, LINES_KEPT) });
  }
}
