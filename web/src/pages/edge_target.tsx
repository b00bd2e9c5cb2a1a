// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { path, post } from "../api/client";
import type { Target } from "../api/types";
import { targetName, targetState, targetTone } from "../lib/edge";
import { formatDate, formatMicroseconds, formatRate } from "../lib/format";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { ActionButton, carryOut } from "../ui/action";
import { Dialog } from "../ui/dialog";
import { StateBadge } from "../ui/state";

const HEAVIEST = 999;

function act(target: Target, body: object, done: string): void {
  const address = path("targets", `${target.project}/${target.group}`, target.id);
  void carryOut(() => post(address, body), done);
}

function Actions({ target }: { target: Target }) {
  const name = targetName(target);
  const [weight, setWeight] = useState(String(target.weight));
  const isOut = target.reason === "drained_by_operator" || target.reason === "disabled_by_operator";

  return (
    <>
      <div class="buttons">
        {isOut ? (
          <ActionButton
            role="operator"
            kind="primary"
            onClick={() => act(target, { action: "enable" }, `${name} is enabled`)}
          >
            Enable
          </ActionButton>
        ) : (
          <>
            <ActionButton
              role="operator"
              onClick={() => act(target, { action: "drain" }, `${name} drains`)}
            >
              Drain
            </ActionButton>
            <ActionButton
              role="operator"
              kind="danger"
              onClick={() => act(target, { action: "disable" }, `${name} is disabled`)}
            >
              Disable
            </ActionButton>
          </>
        )}
      </div>
      <div class="buttons">
        <label class="inline">
          Weight
          <input
            type="number"
            min="0"
            max={HEAVIEST}
            value={weight}
            onInput={(event) => setWeight(event.currentTarget.value)}
          />
        </label>
        <ActionButton
          role="operator"
          onClick={() =>
            act(
              target,
              { action: "weight", weight: Number(weight) },
              `${name} has weight ${weight}`,
            )
          }
        >
          Set weight
        </ActionButton>
        {target.configured_weight !== undefined && (
          <ActionButton
            role="operator"
            onClick={() => {
              setWeight(String(target.configured_weight));
              act(target, { action: "weight", weight: null }, `${name} has its configured weight`);
            }}
          >
            As configured
          </ActionButton>
        )}
      </div>
    </>
  );
}

export function TargetDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const target = useStore(state, (now) => now.targets.get(id));
  const rate = useStore(state, (now) => now.rates.get(id));

  if (!target)
    return (
      <Dialog title="Target" onClose={onClose}>
        <p>This target is gone.</p>
      </Dialog>
    );
  return (
    <Dialog title={targetName(target)} onClose={onClose}>
      <dl>
        <dt>State</dt>
        <dd>
          <StateBadge tone={targetTone(target)} text={targetState(target)} /> {target.description}
        </dd>
        <dt>Since</dt>
        <dd>{formatDate(target.since)}</dd>
        {!!target.last_status && (
          <>
            <dt>Last check</dt>
            <dd>status {target.last_status}</dd>
          </>
        )}
        <dt>Group</dt>
        <dd>
          {target.project}/{target.group}
        </dd>
        <dt>Address</dt>
        <dd>{target.address}</dd>
        <dt>Requests</dt>
        <dd>
          {formatRate(rate?.[0] ?? 0)}, {formatRate(rate?.[1] ?? 0)} errors, {rate?.[5] ?? 0} in
          flight
        </dd>
        <dt>Latency</dt>
        <dd>
          p50 {formatMicroseconds(rate?.[2] ?? 0)}, p95 {formatMicroseconds(rate?.[3] ?? 0)}, p99{" "}
          {formatMicroseconds(rate?.[4] ?? 0)}
        </dd>
        <dt>Weight</dt>
        <dd>
          {target.weight}
          {target.configured_weight !== undefined && `, configured ${target.configured_weight}`}
        </dd>
      </dl>
      <Actions target={target} />
    </Dialog>
  );
}
