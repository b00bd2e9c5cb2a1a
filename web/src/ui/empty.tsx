// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";

/** Where there is nothing yet, what to do about it. */
export function NoProjects() {
  return (
    <Empty>
      There is no project yet. <code>slipway up</code> beside a Compose file deploys one, and it
      appears here.
    </Empty>
  );
}

export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
