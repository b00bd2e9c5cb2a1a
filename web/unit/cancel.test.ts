// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { mayCancel } from "../src/lib/cancel";

const waiting = { kind: "up", state: "waiting", finished: null, cancelled_by: "" };

test("a deploy is cancelled until it has ended, and once", () => {
  assert.ok(mayCancel(waiting, false));
  assert.ok(mayCancel({ ...waiting, state: "running" }, true));
  assert.ok(mayCancel({ ...waiting, state: "switched" }, true));
  assert.ok(!mayCancel({ ...waiting, state: "undoing" }, true));
  assert.ok(!mayCancel({ ...waiting, state: "done", finished: "2026-11-21T13:44:14Z" }, true));
  assert.ok(!mayCancel({ ...waiting, state: "running", cancelled_by: "anna" }, true));
});

test("what takes away is cancelled only before it begins", () => {
  for (const kind of ["down", "stop", "rm"]) {
    assert.ok(mayCancel({ ...waiting, kind }, false));
    assert.ok(!mayCancel({ ...waiting, kind, state: "running" }, true));
  }
});
