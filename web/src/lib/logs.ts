// SPDX-License-Identifier: Apache-2.0
// Lines of several instances as one list by time, and which of them are shown. Pure.

import type { LogLine } from "../api/types";

export interface Line {
  /** Counts up as lines come in. */
  key: number;
  time: number;
  instance: string;
  isError: boolean;
  text: string;
  level: Level | null;
}

export type Level = "debug" | "info" | "warning" | "error";

const LEVELS: Record<string, Level> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  notice: "info",
  warn: "warning",
  warning: "warning",
  error: "error",
  err: "error",
  critical: "error",
  fatal: "error",
  panic: "error",
};

// Longer ones are not searched for a level: a line may be megabytes.
const LONGEST_PARSED = 16_384;

export function levelOf(text: string): Level | null {
  if (text[0] !== "{" || text.length > LONGEST_PARSED) return null;
  try {
    const { level, severity, lvl } = JSON.parse(text) as Record<string, unknown>;
    const name = level ?? severity ?? lvl;
    return typeof name === "string" ? (LEVELS[name.toLowerCase()] ?? null) : null;
  } catch {
    return null;
  }
}

export interface Readable {
  message: string;
  /** The rest of what it says, "name=value". */
  fields: string;
}

const MESSAGE_KEYS = ["message", "msg", "event"];
// The line's own time, colour and name say these.
const TOLD_KEYS = ["time", "timestamp", "ts", "@timestamp", "level", "severity", "lvl", "service"];

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A line that is a JSON object with a message, as people read it; null where it is none. */
export function makeReadable(text: string): Readable | null {
  if (text[0] !== "{" || text.length > LONGEST_PARSED) return null;
  try {
    const object = JSON.parse(text) as Record<string, unknown>;
    const key = MESSAGE_KEYS.find((name) => typeof object[name] === "string");
    if (key === undefined) return null;
    const fields = Object.entries(object)
      .filter(([name]) => name !== key && !TOLD_KEYS.includes(name))
      .map(([name, value]) => `${name}=${asText(value)}`);
    return { message: object[key] as string, fields: fields.join(" ") };
  } catch {
    return null;
  }
}

export function makeLine(key: number, instance: string, line: LogLine): Line {
  return {
    key,
    time: Date.parse(line.time),
    instance,
    isError: line.stream === "stderr",
    text: line.text,
    level: levelOf(line.text),
  };
}

function isBefore(a: Line, b: Line): boolean {
  return a.time < b.time || (a.time === b.time && a.key < b.key);
}

/**
 * Both lists with all lines in order, of which the newest are kept. New lines are mostly newer than
 * all that are there, so that only the end of the list is looked at.
 */
export function mergeLines(kept: readonly Line[], added: Line[], most: number): readonly Line[] {
  if (!added.length) return kept;
  const fresh = [...added].sort((a, b) => (isBefore(a, b) ? -1 : 1));
  let split = kept.length;

  while (split > 0 && isBefore(fresh[0]!, kept[split - 1]!)) split--;
  const tail = kept.slice(split);
  const merged: Line[] = [];
  let i = 0;
  for (const line of fresh) {
    while (i < tail.length && isBefore(tail[i]!, line)) merged.push(tail[i++]!);
    merged.push(line);
  }
  return [...kept.slice(0, split), ...merged, ...tail.slice(i)].slice(-most);
}

export type Filter = { test: (text: string) => boolean } | { error: string };

/** Text is looked for regardless of case; between slashes it is a regular expression. */
export function makeFilter(text: string): Filter {
  const expression = /^\/(.+)\/(i?)$/.exec(text);

  if (!expression) {
    const wanted = text.toLowerCase();
    return { test: (line) => line.toLowerCase().includes(wanted) };
  }
  try {
    const compiled = new RegExp(expression[1]!, expression[2]);
    return { test: (line) => compiled.test(line) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
