// SPDX-License-Identifier: Apache-2.0
// What a screen reader says of its own accord: a target that changes its state, a deploy that ends,
// an action that was done or refused. What is about an action is also shown for a while.

import { targetName, targetState } from "../lib/edge";
import type { State } from "./state";
import { Store } from "./store";

export interface Notice {
  text: string;
  kind: "info" | "error";
  number: number;
}

const SHOWN_MS = 8_000;
const MOST_AT_ONCE = 3;

export const announcement = new Store("");
export const notices = new Store<readonly Notice[]>([]);

let count = 0;

export function announce(text: string): void {
  announcement.set(text);
}

export function dismiss(number: number): void {
  notices.set(notices.get().filter((notice) => notice.number !== number));
}

export function notify(text: string, kind: Notice["kind"] = "info"): void {
  const notice = { text, kind, number: ++count };

  notices.set([...notices.get(), notice].slice(-MOST_AT_ONCE));
  announce(text);
  setTimeout(() => dismiss(notice.number), SHOWN_MS);
}

function changedTargets(before: State, after: State): string[] {
  const texts: string[] = [];

  for (const target of after.targets.values()) {
    const was = before.targets.get(target.id);
    if (was && was.state !== target.state) texts.push(`${targetName(target)} is ${targetState(target)}`);
  }
  return texts;
}

export function announceChange(before: State, after: State): void {
  const event = after.events[after.events.length - 1];

  if (after.targets !== before.targets && before.targets.size) {
    const texts = changedTargets(before, after);
    const more = texts.length - MOST_AT_ONCE;
    if (texts.length)
      announce(texts.slice(0, MOST_AT_ONCE).join(", ") + (more > 0 ? ` and ${more} more` : ""));
  }
  if (after.events !== before.events && event?.type === "result")
    announce(`Deploy ${event.deploy} of ${event.project} ${event.state}`);
}
