// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import type { PlanStep, SlipwayEvent } from "../src/api/types";
import { countSteps, makeTimeline, mergeEvents } from "../src/lib/timeline";

const BEGIN = Date.parse("2026-11-21T10:00:00Z");

function event(sequence: number, fields: Partial<SlipwayEvent>): SlipwayEvent {
  const time = new Date(BEGIN + sequence * 1000).toISOString();
  return { type: "step", time, project: "shop", deploy: 7, sequence, ...fields };
}

function step(id: number, kind: string, wave: number): PlanStep {
  return { id, step: kind, service: "web", instance: "", name: "", number: 0, wave, reason: "" };
}

test("steps stand in their waves, and know when they began and ended", () => {
  const { phases, begun, ended } = makeTimeline([
    event(0, { type: "started" }),
    event(1, {
      type: "plan",
      steps: [step(2, "await", 2), step(1, "start", 1), step(3, "switch", 3)],
    }),
    event(2, { id: 1, state: "begun" }),
    event(4, { id: 1, state: "done", duration_ms: 2000 }),
    event(5, { id: 2, state: "begun", name: "shop-web-1" }),
  ]);

  assert.equal(begun, BEGIN);
  assert.equal(ended, null);
  assert.deepEqual(
    phases[0]!.waves.map((wave) => wave.steps.map((one) => [one.step, one.state, one.label])),
    [
      [["start", "done", "web"]],
      [["await", "begun", "shop-web-1"]],
      [["switch", "planned", "web"]],
    ],
  );
  const [first] = phases[0]!.waves[0]!.steps;
  assert.deepEqual([first!.begun, first!.ended], [BEGIN + 2000, BEGIN + 4000]);
});

test("undoing is a phase of its own, and the result ends it", () => {
  const { phases, result, ended } = makeTimeline([
    event(0, { type: "plan", steps: [step(1, "await", 1)] }),
    event(1, { id: 1, state: "failed", message: "status 500" }),
    event(2, { type: "plan", steps: [step(2, "remove", 1)] }),
    event(3, { type: "result", state: "failed" }),
  ]);

  assert.deepEqual(
    phases.map((phase) => phase.isUndoing),
    [false, true],
  );
  assert.equal(phases[0]!.waves[0]!.steps[0]!.message, "status 500");
  assert.equal(result!.state, "failed");
  assert.equal(ended, BEGIN + 3000);
});

test("the plans of a deploy that was done have undone nothing", () => {
  const events = [
    event(0, { type: "plan", steps: [step(1, "resolve", 0)] }),
    event(1, { id: 1, state: "failed", message: "try again" }),
    event(2, { type: "plan", steps: [step(2, "start", 1)] }),
    event(3, { id: 2, state: "done" }),
  ];
  const isUndoing = (result: SlipwayEvent[]) =>
    makeTimeline([...events, ...result]).phases.map((phase) => phase.isUndoing);

  assert.deepEqual(isUndoing([]), [false, true]);
  assert.deepEqual(isUndoing([event(4, { type: "result", state: "failed" })]), [false, true]);
  assert.deepEqual(isUndoing([event(4, { type: "result", state: "done" })]), [false, false]);
});

test("how far it is, is told of the newest plan", () => {
  const events = [
    event(0, { type: "plan", steps: [step(1, "resolve", 0)] }),
    event(1, { id: 1, state: "done" }),
    event(2, { type: "plan", steps: [step(2, "start", 1), step(3, "await", 2)] }),
    event(3, { id: 2, state: "done" }),
    event(4, { id: 3, state: "begun" }),
  ];

  assert.deepEqual(countSteps(makeTimeline(events)), { done: 1, total: 2 });
  assert.deepEqual(countSteps(makeTimeline([])), { done: 0, total: 0 });
});

test("a step whose plan is not kept is shown all the same", () => {
  const { phases } = makeTimeline([
    event(5, { id: 9, step: "stop", state: "done", duration_ms: 1500 }),
  ]);
  const [only] = phases[0]!.waves[0]!.steps;
  assert.deepEqual([only!.step, only!.begun], ["stop", BEGIN + 3500]);
});

test("kept and live events are one list, each once", () => {
  const merged = mergeEvents([event(1, {}), event(3, {})], [event(2, {}), event(3, {})]);
  assert.deepEqual(
    merged.map(({ sequence }) => sequence),
    [1, 2, 3],
  );
});
