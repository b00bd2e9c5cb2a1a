// SPDX-License-Identifier: Apache-2.0
import { formatClock, formatDuration } from "../lib/format";
import { connect, connection, signOut, state } from "../state/live";
import { useStore } from "../state/store";
import { isOutdated } from "../state/version";
import { useClock } from "./clock";
import { StateBadge } from "./state";

const SOON_MS = 10 * 60_000;

/** Nobody likes to be asked for a token in the middle of something. */
function Ending({ expires }: { expires: string }) {
  const left = Date.parse(expires) - useClock(5000);

  if (!(left < SOON_MS) || left <= 0) return null;
  const minutes = Math.ceil(left / 60_000);
  return (
    <span class="badge wait" title="Then the token ends; open an address with another one before">
      {minutes} min left
    </span>
  );
}

export function ConnectionState() {
  const phase = useStore(connection, (now) => now.phase);
  const session = useStore(state, (now) => now.session);

  return (
    <div class="connection">
      {phase === "live" && <StateBadge tone="ok" text="Live" />}
      {phase === "connecting" && <StateBadge tone="wait" text="Connecting" />}
      {phase === "waiting" && <StateBadge tone="bad" text="Disconnected" />}
      {session?.expires && <Ending expires={session.expires} />}
      {session && (
        <span class="who" title={`${session.name}, Slipway ${session.version}`}>
          {session.role}
        </span>
      )}
      <button type="button" class="quiet" onClick={() => signOut("")}>
        Sign out
      </button>
    </div>
  );
}

function Countdown({ until }: { until: number }) {
  const left = until - (useClock(500) - state.get().skew);
  return (
    <>{left > 0 ? `Next try in ${formatDuration(Math.ceil(left / 1000) * 1000)}.` : "Trying."}</>
  );
}

/** Above the page while what it shows is not of now. */
export function StaleBanner() {
  const { phase, reason, retryAt, heardAt } = useStore(connection, (now) => now);

  if (phase !== "waiting" && !(phase === "connecting" && heardAt)) return null;
  return (
    <div class="banner" role="status">
      <span>
        <strong>Not connected:</strong> {reason}.{" "}
        {heardAt > 0 && `What is shown is from ${formatClock(heardAt)}. `}
        <span aria-hidden="true">
          <Countdown until={retryAt} />
        </span>
      </span>
      <button type="button" onClick={connect}>
        Try now
      </button>
    </div>
  );
}

/** After an upgrade: what is open here may not fit what answers. */
export function OutdatedBanner() {
  const session = useStore(state, (now) => now.session);

  if (!useStore(isOutdated, (now) => now)) return null;
  return (
    <div class="banner" role="status">
      <span>
        <strong>Slipway was upgraded</strong>
        {session && ` to ${session.version}`}; this page is of the version before.
      </span>
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </div>
  );
}
