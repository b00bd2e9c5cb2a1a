// SPDX-License-Identifier: Apache-2.0
// A deploy's events as a picture over time. Pure.

import type { PlanStep, SlipwayEvent } from "../api/types";

export type StepState = "planned" | "begun" | "done" | "failed" | "skipped";

export interface Step {
  id: number;
  step: string;
  label: string;
  wave: number;
  reason: string;
  state: StepState;
  message: string;
  /** Milliseconds since 1970; null before it has begun, or ended. */
  begun: number | null;
  ended: number | null;
}

export interface Wave {
  number: number;
  steps: Step[];
}

/** What one plan says. There is one to fetch what is needed, one for the rest, one to undo that. */
export interface Phase {
  waves: Wave[];
  isUndoing: boolean;
}

export interface Note {
  time: number;
  text: string;
}

export interface Timeline {
  phases: Phase[];
  notes: Note[];
  /** What changed at the edge. */
  changes: Note[];
  begun: number | null;
  ended: number | null;
  result: SlipwayEvent | null;
}

/** How the note begins that comes before the plan to undo. */
const UNDOING = "undoing: ";

function labelOf(step: { name?: string; service?: string }): string {
  return step.name || step.service || "";
}

function planned(step: PlanStep): Step {
  return {
    id: step.id,
    step: step.step,
    label: labelOf(step),
    wave: step.wave,
    reason: step.reason,
    state: "planned",
    message: "",
    begun: null,
    ended: null,
  };
}

function addPhase(timeline: Timeline, steps: Map<number, Step>, plan: PlanStep[]): void {
  const waves = new Map<number, Wave>();

  for (const item of plan) {
    const step = planned(item);
    const wave = waves.get(step.wave) ?? { number: step.wave, steps: [] };
    steps.set(step.id, step);
    wave.steps.push(step);
    waves.set(step.wave, wave);
  }
  if (!plan.length) return;
  timeline.phases.push({
    waves: [...waves.values()].sort((a, b) => a.number - b.number),
    isUndoing:
      timeline.notes.some((note) => note.text.startsWith(UNDOING)) ||
      [...steps.values()].some((step) => step.state === "failed"),
  });
}

/** Of a step that no plan named (the plan may have been dropped from the store). */
function addUnplanned(timeline: Timeline, steps: Map<number, Step>, event: SlipwayEvent): Step {
  const step = planned({
    id: event.id ?? 0,
    step: event.step ?? "",
    service: event.service ?? "",
    instance: event.instance ?? "",
    name: event.name ?? "",
    number: 0,
    wave: 0,
    reason: "",
  });

  steps.set(step.id, step);
  if (!timeline.phases.length)
    timeline.phases.push({ waves: [{ number: 0, steps: [] }], isUndoing: false });
  const waves = timeline.phases[timeline.phases.length - 1]!.waves;
  waves[waves.length - 1]!.steps.push(step);
  return step;
}

function takeStep(step: Step, event: SlipwayEvent, time: number): void {
  step.state = event.state as StepState;
  step.message = event.message ?? "";
  step.label = labelOf(event) || step.label;
  if (event.state === "begun") {
    step.begun = time;
    step.ended = null;
    return;
  }
  step.ended = time;
  step.begun ??= time - (event.duration_ms ?? 0);
}

export function makeTimeline(events: readonly SlipwayEvent[]): Timeline {
  const timeline: Timeline = {
    phases: [],
    notes: [],
    changes: [],
    begun: null,
    ended: null,
    result: null,
  };
  const steps = new Map<number, Step>();

  for (const event of events) {
    const time = Date.parse(event.time);
    timeline.begun ??= time;
    if (event.type === "plan") addPhase(timeline, steps, event.steps ?? []);
    else if (event.type === "step")
      takeStep(steps.get(event.id ?? 0) ?? addUnplanned(timeline, steps, event), event, time);
    else if (event.type === "note") timeline.notes.push({ time, text: event.text ?? "" });
    else if (event.type === "change") timeline.changes.push({ time, text: event.text ?? "" });
    else if (event.type === "result") {
      timeline.result = event;
      timeline.ended = time;
    }
  }
  // A step that failed may have been tried again: what came to its end has undone nothing.
  if (timeline.result?.state === "done")
    for (const phase of timeline.phases) phase.isUndoing = false;
  return timeline;
}

/** How many steps of the newest plan are over. */
export function countSteps({ phases }: Timeline): { done: number; total: number } {
  const steps = phases[phases.length - 1]?.waves.flatMap((wave) => wave.steps) ?? [];
  const isOver = (step: Step) => step.ended !== null;

  return { done: steps.filter(isOver).length, total: steps.length };
}

/** Two lists of events as one, in order, each once. */
export function mergeEvents(
  first: readonly SlipwayEvent[],
  second: readonly SlipwayEvent[],
): SlipwayEvent[] {
  const all = new Map<number, SlipwayEvent>();

  for (const event of [...first, ...second]) {
    if (event.sequence) all.set(event.sequence, event);
  }
  return [...all.values()].sort((a, b) => a.sequence! - b.sequence!);
}
