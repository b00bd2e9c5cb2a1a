// SPDX-License-Identifier: Apache-2.0
// What the audit has, put together from several answers. Pure.

import type { AuditEntry } from "../api/types";
import type { Tone } from "./edge";

/** Two lists as one, newest first; of an entry that is in both, what the second says. */
export function mergeEntries(
  before: readonly AuditEntry[],
  after: readonly AuditEntry[],
): AuditEntry[] {
  const all = new Map<number, AuditEntry>();

  for (const entry of [...before, ...after]) all.set(entry.sequence, entry);
  return [...all.values()].sort((a, b) => b.sequence - a.sequence);
}

// What was asked so long ago has its status by now, or will never have one.
const PENDING_LOOKED_AT = 20;

/** After which entry to ask anew: those among the newest that have no status yet come again. */
export function newestKnown(entries: readonly AuditEntry[]): number {
  const pending = entries.slice(0, PENDING_LOOKED_AT).filter((entry) => entry.status === null);
  const oldest = pending[pending.length - 1];
  return oldest ? oldest.sequence - 1 : (entries[0]?.sequence ?? 0);
}

/** In words what the method and the path say; "" where only they say it. */
export function describeEntry({ method, path, detail }: AuditEntry): string {
  const words = path.split("/").slice(2).map(decode);
  const [what = "", name = "", part = "", one = "", action = ""] = words;
  const about = detail ? `: ${detail}` : "";

  if (part === "deploys" && action === "cancel") return `deploy ${one} of ${name} cancelled`;
  if (what === "projects" && part === "deploys") return `deploy of ${name}${about}`;
  if (what === "targets") return detail ? `target: ${detail}` : `target of ${name}`;
  if (what === "tokens") return method === "DELETE" ? "token revoked" : `new token${about}`;
  if (what === "dashboard")
    return method === "DELETE" ? "dashboard closed" : `dashboard opened${about}`;
  return detail;
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

export function describeStatus(status: number | null): { tone: Tone; text: string } {
  if (status === null) return { tone: "wait", text: "no answer yet" };
  // The rest of it is told elsewhere: whether the deploy came to its end, too.
  if (status === 202) return { tone: "ok", text: "begun" };
  if (status < 400) return { tone: "ok", text: "done" };
  if (status === 401 || status === 403) return { tone: "bad", text: `refused, ${status}` };
  return { tone: "bad", text: `failed, ${status}` };
}
