// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { EventReader, type ServerEvent } from "../src/api/sse";

const STREAM =
  ": a comment\n\n" +
  'event: rates\ndata: {"time":1}\n\n' +
  "id: 118\nevent: event\r\ndata: first\r\ndata:second: with a colon\r\n\r\n" +
  "id: 119\n\n" +
  "data\n\n";

const EXPECTED: ServerEvent[] = [
  { name: "rates", data: '{"time":1}', id: null },
  { name: "event", data: "first\nsecond: with a colon", id: "118" },
  { name: "message", data: "", id: null },
];

test("events are read whole", () => {
  assert.deepEqual(new EventReader().take(STREAM), EXPECTED);
});

test("events are the same wherever the stream is cut", () => {
  for (let cut = 0; cut <= STREAM.length; cut++) {
    const reader = new EventReader();
    const events = [...reader.take(STREAM.slice(0, cut)), ...reader.take(STREAM.slice(cut))];
    assert.deepEqual(events, EXPECTED, `cut at ${cut}`);
  }
});

test("what has not ended is not an event yet", () => {
  assert.deepEqual(new EventReader().take("data: half\n"), []);
});
