// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { findProblems } from "../src/lib/problems";
import { empty, reduce } from "../src/state/state";

const SERVICE = { name: "web", replicas: 3, ready: 3, state: "ok", trouble: null, groups: [] };
const PROJECT = {
  name: "shop",
  state: "served",
  error: null,
  revision: 3,
  newest: 3,
  deploy: null,
};

function problems(project: object, services: object[], targets: object[] = []): string[] {
  let state = reduce(empty, "projects", { projects: [{ ...PROJECT, ...project, services }] }, 0);
  state = reduce(state, "edge", { listeners: [], groups: [], targets }, 0);
  return findProblems(state).map(({ severity, text }) => `${severity}: ${text}`);
}

const TARGET = { id: "1", project: "shop", group: "web", address: "127.0.0.1:1", service: "web" };

test("nothing is wrong", () => {
  assert.deepEqual(problems({}, [SERVICE]), []);
});

test("what fails comes before what only takes time", () => {
  const starting = { ...SERVICE, name: "db", state: "starting", ready: 0 };
  const failed = { ...SERVICE, state: "failed", trouble: "none of 3 is ready" };
  assert.deepEqual(problems({}, [starting, failed]), [
    "bad: shop/web: none of 3 is ready",
    "wait: shop/db: 0 of 3 replicas ready",
  ]);
});

test("an unhealthy target is told, but not twice", () => {
  const target = { ...TARGET, state: "unhealthy", description: "status 500" };
  assert.deepEqual(problems({}, [SERVICE], [target]), [
    "bad: 127.0.0.1:1, a target of shop/web, is unhealthy: status 500",
  ]);
  const told = { ...SERVICE, state: "degraded", trouble: "1 of 3 is unhealthy: status 500" };
  assert.equal(problems({}, [told], [target]).length, 1);
});

test("a project that is left out, or does not serve its newest revision", () => {
  assert.deepEqual(problems({ state: "left out", error: ":80 is taken" }, []), [
    "bad: shop left out: :80 is taken",
  ]);
  assert.deepEqual(problems({ newest: 4 }, [SERVICE]), [
    "wait: shop serves revision 3, not its newest, 4",
  ]);
});

test("a group that answers with errors is told of", () => {
  const told = (...rate: number[]) => {
    let state = reduce(empty, "projects", { projects: [] }, 0);
    const groups = [{ id: "g", project: "shop", name: "web", service: "web", targets: [] }];
    state = reduce(state, "edge", { generation: 1, listeners: [], groups, targets: [] }, 0);
    state = reduce(state, "rates", { items: { g: [...rate, 0, 0, 0, 0, 0, 0, 0] } }, 0);
    return findProblems(state).map(({ severity, text, link }) => [severity, text, link]);
  };

  assert.deepEqual(told(10, 0), []);
  assert.deepEqual(told(10, 9), [
    ["bad", "shop/web answers some or all requests with errors", "#/logs/shop/web"],
  ]);
});
