// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { ApiError } from "../api/client";
import type { Role } from "../api/types";
import { refusal } from "../lib/roles";
import { notify } from "../state/announce";
import { connection, signOut, state } from "../state/live";
import { useStore } from "../state/store";

interface Properties {
  role: Role;
  kind?: string;
  onClick: () => void;
  children: ComponentChildren;
}

/**
 * A button of an action. Where it is not allowed it can be reached all the same, so that a keyboard
 * and a screen reader find the reason.
 */
export function ActionButton({ role, kind = "", onClick, children }: Properties) {
  const session = useStore(state, (now) => now.session);
  const isLive = useStore(connection, (now) => now.phase === "live");
  const reason = refusal(session?.role, role) ?? (isLive ? null : "Not connected");

  return (
    <button
      type="button"
      class={kind}
      aria-disabled={reason !== null}
      title={reason ?? undefined}
      onClick={() => (reason ? notify(reason, "error") : onClick())}
    >
      {children}
    </button>
  );
}

export function tellFailure(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) signOut(error.message);
  else notify(error instanceof ApiError ? error.message : "Slipway does not answer", "error");
}

/** Does it and says so, or why not; true where it was done. */
export async function carryOut(action: () => Promise<unknown>, done: string): Promise<boolean> {
  try {
    await action();
    notify(done);
    return true;
  } catch (error) {
    tellFailure(error);
    return false;
  }
}
