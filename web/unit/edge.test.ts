// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import type { Edge, Rate, Target } from "../src/api/types";
import { layOut, rateOfLink, spread, targetState, targetTone, thickness, withLeaving } from "../src/lib/edge";

const rule = (name: string, ...groups: string[]) => ({
  name,
  when: "",
  action: { kind: "forward" as const, groups: groups.map((id) => ({ id, weight: 1 })) },
});

const group = (id: string, ...targets: string[]) => ({
  id,
  project: "shop",
  name: id,
  algorithm: "round_robin",
  targets,
});

const EDGE: Edge = {
  generation: 1,
  listeners: [
    {
      id: "L",
      name: "web",
      address: ":80",
      protocol: "http",
      projects: ["shop"],
      rules: [rule("canary", "B", "C"), rule("default", "A")],
    },
  ],
  groups: [group("A", "a1", "a2"), group("B", "b1"), group("C"), group("D", "d1")],
};

test("boxes of a column do not cover each other", () => {
  const picture = layOut(EDGE);
  for (const column of [picture.listeners, picture.rules, picture.groups, picture.targets]) {
    const places = column.map((node) => node.y).sort((a, b) => a - b);
    places.forEach((y, i) => assert.ok(i === 0 || y - places[i - 1]! >= 58, `${places}`));
    assert.ok(places.every((y) => y > 0 && y < picture.height));
  }
});

test("groups stand in the order of the rules that name them", () => {
  assert.deepEqual(
    layOut(EDGE).groups.map(({ key }) => key),
    ["B", "C", "A", "D"],
  );
});

test("a line says only what is counted", () => {
  const web = EDGE.listeners[0]!;
  const rules = [rule("one", "A"), rule("two", "A"), rule("three", "B")];
  const inner = { ...web, id: "I", rules: [rule("default", "B")] };
  const edge = { ...EDGE, listeners: [{ ...web, rules }, inner] };
  const none = [0, 0, 0, 0, 0, 0, 0] as const;
  const rates = new Map<string, Rate>([
    ["A", [9, 0, ...none]],
    ["a1", [4, 2, ...none]],
    ["B", [10, 1, ...none]],
    ["I", [6, 1, ...none]],
  ]);
  const counted = Object.fromEntries(
    layOut(edge).links.map((link) => [link.key, rateOfLink(link, rates)]),
  );
  assert.equal(counted["in L/0"], null);
  assert.equal(counted["L/1 A"], null);
  assert.deepEqual(counted["in L/2"], { requests: 4, errorShare: 0 });
  assert.deepEqual(counted["L/2 B"], { requests: 4, errorShare: 0 });
  assert.deepEqual(counted["in I/0"], { requests: 6, errorShare: 1 / 6 });
  assert.deepEqual(counted["A/a1"], { requests: 4, errorShare: 0.5 });
});

test("what was taken out of a group is shown there until it has finished", () => {
  const leaving = { id: "old", project: "shop", group: "B" } as Target;
  const { groups } = withLeaving(EDGE, new Map([["old", leaving]]));
  assert.deepEqual(groups[1]!.targets, ["b1", "old"]);
});

test("boxes are where they want to be, or below the one above", () => {
  assert.deepEqual(spread([100, 110, 400], 60), [100, 160, 400]);
});

test("a target without checks is in use, a disabled one is not", () => {
  const target = (state: string, reason: string) => targetTone({ state, reason } as Target);
  assert.equal(target("unavailable", "no_check"), "ok");
  assert.equal(target("unavailable", "disabled_by_operator"), "off");
  assert.equal(target("unhealthy", "timeout"), "bad");
});

test("lines grow with the rate, and end", () => {
  const widths = [0, 1, 100, 10_000, 1e9].map(thickness);
  assert.deepEqual(
    [...widths].sort((a, b) => a - b),
    widths,
  );
  assert.equal(widths[4], 9);
});

test("a target without checks is well, and not called unavailable", () => {
  const target = { state: "unavailable", reason: "no_check" } as Target;

  assert.deepEqual([targetState(target), targetTone(target)], ["not checked", "ok"]);
  const gone = { state: "unavailable", reason: "no_address" } as Target;
  assert.deepEqual([targetState(gone), targetTone(gone)], ["unavailable", "off"]);
});
