// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { delayOf } from "../src/lib/backoff";
import { refusal } from "../src/lib/roles";
import { linkTo, parseRoute } from "../src/lib/route";

test("each try waits longer, up to an end, and not all pages wait as long", () => {
  assert.deepEqual(
    [0, 1, 2, 10].map((tries) => delayOf(tries, 1)),
    [500, 1000, 2000, 15_000],
  );
  assert.equal(delayOf(0, 0), 375);
});

test("a role may do what it and those below may", () => {
  assert.equal(refusal("viewer", "viewer"), null);
  assert.equal(refusal("admin", "operator"), null);
  assert.equal(refusal("viewer", "operator"), "This needs the role operator; yours is viewer");
});

test("a route is the same after a link, whatever the names are", () => {
  const link = linkTo("logs", "a/b", "<b>", 7);
  assert.deepEqual(parseRoute(link), { page: "logs", words: ["a/b", "<b>", "7"] });
  assert.deepEqual(parseRoute(""), { page: "overview", words: [] });
  assert.deepEqual(parseRoute("#/edge/%"), { page: "edge", words: ["%"] });
});
