// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { empty, progressKey, reduce, type State } from "../src/state/state";

function after(...events: [string, unknown][]): State {
  return events.reduce((state, [name, data]) => reduce(state, name, data, 1000), empty);
}

test("changes of instances are put into the whole", () => {
  const { instances } = after(
    ["instances", { whole: true, instances: [{ id: "a", state: "running" }, { id: "b" }] }],
    ["instances", { instances: [{ id: "a", state: "exited" }, { id: "c" }], gone: ["b"] }],
  );
  assert.deepEqual([...instances.keys()], ["a", "c"]);
  assert.equal(instances.get("a")!.state, "exited");
});

test("a whole forgets what was there before", () => {
  const { instances } = after(
    ["instances", { whole: true, instances: [{ id: "a" }] }],
    ["instances", { whole: true, instances: [{ id: "b" }] }],
  );
  assert.deepEqual([...instances.keys()], ["b"]);
});

test("targets change and go", () => {
  const { targets } = after(
    ["edge", { listeners: [], groups: [], targets: [{ id: "a", state: "healthy" }, { id: "b" }] }],
    ["targets", { targets: [{ id: "a", state: "unhealthy" }], gone: ["b"] }],
  );
  assert.deepEqual([...targets.values()], [{ id: "a", state: "unhealthy" }]);
});

test("what has no requests any more counts as none, and is forgotten after a minute", () => {
  const rates = (requests: number): [string, unknown] => [
    "rates",
    { items: requests ? { a: [requests, 0, 0, 0, 0, 0, 0, 0, 0] } : {} },
  ];
  const { recent } = after(rates(5), rates(0));
  assert.deepEqual(recent.get("a"), [5, 0]);
  const later = after(rates(5), ...Array.from({ length: 60 }, () => rates(0)));
  assert.equal(later.recent.has("a"), false);
});

test("events that come again after a break are taken once", () => {
  const { events } = after(
    ["event", { type: "note", sequence: 4 }],
    ["event", { type: "note", sequence: 5 }],
    ["event", { type: "note", sequence: 5 }],
  );
  assert.deepEqual(
    events.map(({ sequence }) => sequence),
    [4, 5],
  );
});

test("where too much was missed, events are asked for anew", () => {
  const { events, missed } = after(
    ["event", { type: "note", sequence: 4 }],
    ["missed", { after: 2400 }],
    ["event", { type: "note", sequence: 2401 }],
  );
  assert.deepEqual([events.length, missed], [1, 1]);
});

test("progress is kept until its deploy ends", () => {
  const told: [string, unknown] = [
    "progress",
    { type: "progress", deploy: 7, id: 1, text: "pulling" },
  ];
  assert.equal(after(told).progress.get(progressKey(7, 1))!.text, "pulling");
  assert.equal(after(told, ["event", { type: "result", deploy: 7, sequence: 1 }]).progress.size, 0);
});

test("the server's clock is known, and what is not known changes nothing", () => {
  const state = after(["session", { role: "viewer", now: 4000 }]);
  assert.equal(state.skew, 3000);
  assert.equal(reduce(state, "of a later version", {}, 1000), state);
});

test("what answers with errors counts as failing for some seconds after", () => {
  const rates = (requests: number, errors: number): [string, unknown] => [
    "rates",
    { items: { g: [requests, errors, 0, 0, 0, 0, 0, 0, 0] } },
  ];
  const failing = (...events: [string, unknown][]) => after(...events).failing.has("g");
  const quiet = (count: number) => Array.from({ length: count }, () => rates(10, 0));

  assert.equal(failing(rates(100, 1)), false);
  assert.equal(failing(rates(100, 30)), true);
  assert.equal(failing(rates(100, 30), ...quiet(9)), true);
  assert.equal(failing(rates(100, 30), ...quiet(10)), false);
});
