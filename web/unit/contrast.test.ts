// SPDX-License-Identifier: Apache-2.0
// Whether everybody can read the colours: WCAG 2.2 AA, computed from the style sheets.

import assert from "node:assert/strict";
import test from "node:test";
import base from "../src/css/base.css";
import logs from "../src/css/logs.css";

const THEMES = ["light", "dark"] as const;
const TEXT = 4.5;
const SHAPE = 3;
const GROUNDS = ["page", "surface", "raised"];
const STATES = ["ok", "wait", "bad", "off"];

type Colours = Record<string, [light: string, dark: string]>;

function readColours(css: string, pattern: RegExp): Colours {
  return Object.fromEntries(
    [...css.matchAll(pattern)].map(([, name, light, dark]) => [name, [light!, dark!]]),
  );
}

const COLOURS = readColours(base, /--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g);
const TINTS = readColours(logs, /\.(tint-\d) \{ color: light-dark\((#\w{6}), (#\w{6})\)/g);

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function contrast(one: string, other: string): number {
  const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (bright! + 0.05) / (dark! + 0.05);
}

const PAIRS: [front: string, grounds: string[], least: number][] = [
  ["text", [...GROUNDS, ...STATES.map((name) => `${name}-soft`)], TEXT],
  ["muted", [...GROUNDS, ...STATES.map((name) => `${name}-soft`)], TEXT],
  ["on-accent", ["accent"], TEXT],
  ["bad", ["surface", "raised", "page", "bad-soft"], TEXT],
  ...STATES.map((name): [string, string[], number] => [name, ["surface", `${name}-soft`], TEXT]),
  // Lines, marks, and what is around a field.
  ["accent", GROUNDS, SHAPE],
  ["control", ["surface", "page"], SHAPE],
  ["line-1", ["surface"], SHAPE],
  ["line-2", ["surface"], SHAPE],
  ["line-3", ["surface"], SHAPE],
];

test("the known contrasts are computed right", () => {
  assert.equal(contrast("#000000", "#ffffff"), 21);
  assert.equal(contrast("#777777", "#ffffff").toFixed(2), "4.48");
});

THEMES.forEach((theme, i) => {
  test(`texts and shapes can be told from what is behind them in ${theme}`, () => {
    for (const [front, grounds, least] of PAIRS) {
      for (const ground of grounds) {
        assert.ok(COLOURS[front] && COLOURS[ground], `${front} on ${ground}`);
        const found = contrast(COLOURS[front][i]!, COLOURS[ground][i]!);
        assert.ok(found >= least, `${front} on ${ground}: ${found.toFixed(2)}, not ${least}`);
      }
    }
  });

  test(`names in logs can be read in ${theme}`, () => {
    assert.equal(Object.keys(TINTS).length, 6);
    for (const [name, colours] of Object.entries(TINTS)) {
      for (const ground of ["surface", "raised"]) {
        const found = contrast(colours[i]!, COLOURS[ground]![i]!);
        assert.ok(found >= TEXT, `${name} on ${ground}: ${found.toFixed(2)}`);
      }
    }
  });
});
