// SPDX-License-Identifier: Apache-2.0
// How a state looks: a shape and a word, and only then a colour.

import type { Tone } from "../lib/edge";

const SHAPES: Record<Tone, string> = {
  ok: "M3 8.5 6.5 12 13 4.5",
  wait: "M8 3.5V8l3 2.5",
  bad: "M4 4l8 8M12 4l-8 8",
  off: "M4 8h8",
};

export function StateMark({ tone }: { tone: Tone }) {
  return (
    <svg class={`mark ${tone}`} viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <circle cx="8" cy="8" r="7.5" />
      <path d={SHAPES[tone]} />
    </svg>
  );
}

export function StateBadge({ tone, text, title }: { tone: Tone; text: string; title?: string }) {
  return (
    <span class={`badge ${tone}`} title={title}>
      <StateMark tone={tone} />
      {text}
    </span>
  );
}

const TONES: Record<string, Tone> = {
  ok: "ok",
  running: "ok",
  done: "ok",
  deployed: "ok",
  served: "ok",
  healthy: "ok",
  failed: "bad",
  degraded: "bad",
  unhealthy: "bad",
  exited: "bad",
  "left out": "bad",
  undoing: "bad",
  starting: "wait",
  waiting: "wait",
  switched: "wait",
  restarting: "wait",
  begun: "wait",
  new: "wait",
};

/** A deploy that runs is not over; what runs otherwise is well. */
export function deployTone(state: string): Tone {
  return state === "running" ? "wait" : toneOf(state);
}

export function toneOf(state: string): Tone {
  return TONES[state] ?? "off";
}
