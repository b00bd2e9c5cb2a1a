// SPDX-License-Identifier: Apache-2.0
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 15_000;

/** How long to wait after so many failed tries; `random` is from 0 to 1. */
export function delayOf(tries: number, random: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** tries);
  // Many open pages shall not all come back at the same moment.
  return longest * (0.75 + random / 4);
}
