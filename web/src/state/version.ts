// SPDX-License-Identifier: Apache-2.0
// Whether this page is still the one that the server has: after an upgrade it may ask for what is
// not there any more. Looked at each time the stream begins.

import { Store } from "./store";

export const isOutdated = new Store(false);

let version: string | null = null;
let tag: string | null = null;

async function askTag(): Promise<string | null> {
  try {
    const response = await fetch("/app.js", { method: "HEAD", cache: "no-store" });
    return response.ok ? response.headers.get("ETag") : null;
  } catch {
    return null;
  }
}

export async function lookAtVersion(now: string): Promise<void> {
  if (version !== null && version !== now) isOutdated.set(true);
  version ??= now;
  const seen = await askTag();
  if (tag !== null && seen !== null && tag !== seen) isOutdated.set(true);
  tag ??= seen;
}
