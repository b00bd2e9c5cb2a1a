// SPDX-License-Identifier: Apache-2.0
import type { Rate, Target } from "../api/types";
import { targetName, targetState, targetTone } from "../lib/edge";
import { formatMicroseconds, formatPercent, formatRate } from "../lib/format";
import { StateMark } from "../ui/state";

/** Requests, latency and errors in one line. */
export function Figures({ rate }: { rate: Rate | undefined }) {
  if (!rate) return <span class="figures quiet">no requests</span>;
  const [requests, errors, , p95] = rate;
  return (
    <span class="figures">
      <span>{formatRate(requests)}</span>
      {p95 > 0 && <span title="95 of 100 are answered faster">{formatMicroseconds(p95)}</span>}
      {errors > 0 && (
        <span class="bad">{formatPercent((100 * errors) / Math.max(requests, errors))} errors</span>
      )}
    </span>
  );
}

export function weightOf(target: Target): string {
  return target.configured_weight === undefined
    ? `weight ${target.weight}`
    : `weight ${target.weight}, configured ${target.configured_weight}`;
}

/** The name, and the state in words wherever it is not simply healthy. */
export function TargetText({ target }: { target: Target }) {
  const isPlain = targetTone(target) === "ok";
  const hasWeight = target.configured_weight !== undefined;

  return (
    <>
      <strong title={target.address}>
        <StateMark tone={targetTone(target)} />
        {targetName(target)}
      </strong>
      <small title={target.description}>
        {isPlain ? (
          <span class={target.state === "healthy" ? "hidden" : ""}>{targetState(target)}</span>
        ) : (
          <b>
            {target.state}: {target.description}
          </b>
        )}
        {isPlain && (target.state === "healthy" ? target.address : ` · ${target.address}`)}
        {hasWeight && <b title={weightOf(target)}> weight {target.weight}</b>}
      </small>
    </>
  );
}
