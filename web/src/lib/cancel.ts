// SPDX-License-Identifier: Apache-2.0
import type { Deploy } from "../api/types";

// Once they have begun, they go on until all is gone that is to go.
const GOING_ON = ["down", "stop", "rm"];

/** Whether there is a use in asking: whether it still may be is the server's to say. */
export function mayCancel(
  deploy: Pick<Deploy, "kind" | "state" | "finished" | "cancelled_by">,
  hasBegun: boolean,
): boolean {
  if (deploy.finished || deploy.cancelled_by || deploy.state === "undoing") return false;
  return !hasBegun || !GOING_ON.includes(deploy.kind);
}
