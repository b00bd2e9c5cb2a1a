// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { parseLines } from "../src/api/client";
import { levelOf, makeFilter, makeLine, makeReadable, mergeLines, type Line } from "../src/lib/logs";

function line(key: number, second: number): Line {
  const time = `2026-11-21T10:00:0${second}Z`;
  return makeLine(key, "shop-web-1", { time, stream: "stdout", text: `line ${key}` });
}

const keys = (lines: readonly Line[]) => lines.map(({ key }) => key);

test("lines of several instances are in order of their time", () => {
  const kept = mergeLines([], [line(0, 1), line(1, 3), line(2, 5)], 10);
  assert.deepEqual(
    keys(mergeLines(kept, [line(3, 4), line(4, 0), line(5, 6)], 10)),
    [4, 0, 1, 3, 2, 5],
  );
});

test("lines of one moment stay as they came", () => {
  const kept = mergeLines([], [line(0, 1), line(1, 1)], 10);
  assert.deepEqual(keys(mergeLines(kept, [line(2, 1), line(3, 1)], 10)), [0, 1, 2, 3]);
});

test("the newest are kept, and nothing new is the same list", () => {
  const kept = mergeLines([], [line(0, 1), line(1, 2), line(2, 3)], 2);
  assert.deepEqual(keys(kept), [1, 2]);
  assert.equal(mergeLines(kept, [], 2), kept);
});

test("a level is taken from JSON alone", () => {
  assert.equal(levelOf('{"level":"WARN","message":"x"}'), "warning");
  assert.equal(levelOf('{"severity":"fatal"}'), "error");
  for (const text of ["error: no", '{"level":"error"', '{"level":30}', "{}", ""])
    assert.equal(levelOf(text), null, text);
});

test("a filter is text, or an expression between slashes", () => {
  const matches = (filter: string, text: string) => {
    const made = makeFilter(filter);
    assert.ok("test" in made);
    return made.test(text);
  };
  assert.ok(matches("ERROR", "an error"));
  assert.ok(!matches("a.c", "abc"));
  assert.ok(matches("/a.c/", "abc"));
  assert.ok(!matches("/A.C/", "abc"));
  assert.ok(matches("/A.C/i", "abc"));
  assert.ok(matches("/", "a/b"));
  assert.ok("error" in makeFilter("/(/"));
});

test("a stream that fails midway says so in its last line, and what came before counts", () => {
  const said = '{"time":"","stream":"stdout","text":"a"}';
  const failed = '{"type":"result","error":"Too many open files"}';
  const { objects, error } = parseLines([said, "", failed]);
  assert.deepEqual([objects.length, error], [1, "Too many open files"]);
  assert.equal(parseLines(['{"type":"result","state":"failed"}']).error, null);
});

test("a line of JSON is read as its message and the rest", () => {
  assert.deepEqual(
    makeReadable('{"time":"x","level":"info","service":"web","msg":"request","status":200,"a":["b"]}'),
    { message: "request", fields: 'status=200 a=["b"]' },
  );
  assert.deepEqual(makeReadable('{"message":"it <b>starts</b>"}'), {
    message: "it <b>starts</b>",
    fields: "",
  });
  for (const text of ["plain", "{broken", '{"message":5}', '{"status":200}', "[1]", ""])
    assert.equal(makeReadable(text), null, text);
});
