// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import type { AuditEntry } from "../src/api/types";
import { describeEntry, describeStatus, mergeEntries, newestKnown } from "../src/lib/audit";

function entry(sequence: number, fields: Partial<AuditEntry> = {}): AuditEntry {
  return {
    sequence,
    time: "2026-11-21T10:00:00Z",
    name: "anna",
    role: "operator",
    token: null,
    via: "dashboard",
    method: "POST",
    path: "/v1/projects/shop/deploys",
    detail: "",
    status: 200,
    ...fields,
  };
}

test("answers are one list, newest first, and the later one counts", () => {
  const merged = mergeEntries(
    [entry(3, { status: null }), entry(2)],
    [entry(4), entry(3), entry(1)],
  );

  assert.deepEqual(
    merged.map(({ sequence, status }) => [sequence, status]),
    [
      [4, 200],
      [3, 200],
      [2, 200],
      [1, 200],
    ],
  );
});

test("what has no status yet is asked for again, but not for ever", () => {
  assert.equal(newestKnown([]), 0);
  assert.equal(newestKnown([entry(9), entry(8)]), 9);
  assert.equal(newestKnown([entry(9), entry(8, { status: null }), entry(7)]), 7);
  const old = Array.from({ length: 30 }, (_, i) => entry(40 - i));
  assert.equal(newestKnown([...old, entry(5, { status: null })]), 40);
});

test("entries are told in words where there are some", () => {
  const told = (path: string, method = "POST", detail = "") =>
    describeEntry(entry(1, { path, method, detail }));

  assert.equal(
    told("/v1/projects/shop/deploys", "POST", "rollback to revision 3"),
    "deploy of shop: rollback to revision 3",
  );
  assert.equal(told("/v1/projects/shop/deploys/12/cancel"), "deploy 12 of shop cancelled");
  assert.equal(
    told("/v1/targets/shop%2Fweb/5f", "POST", "drain shop/web/127.0.0.1:8000"),
    "target: drain shop/web/127.0.0.1:8000",
  );
  assert.equal(told("/v1/tokens/5f", "DELETE"), "token revoked");
  assert.equal(told("/v1/instances/5f/kill", "POST", "SIGHUP"), "SIGHUP");
  assert.equal(told("/v1/targets/%zz/5f"), "target of %zz");
});

test("a refusal is told from a failure", () => {
  assert.deepEqual([200, 202, 403, 409, null].map(describeStatus), [
    { tone: "ok", text: "done" },
    { tone: "ok", text: "begun" },
    { tone: "bad", text: "refused, 403" },
    { tone: "bad", text: "failed, 409" },
    { tone: "wait", text: "no answer yet" },
  ]);
});
