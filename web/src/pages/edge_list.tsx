// SPDX-License-Identifier: Apache-2.0
// The picture as text: what each listener does with a request, and each group's targets.

import type { Edge, Group, Rate, Target } from "../api/types";
import { describeAction, targetName, targetState, targetTone } from "../lib/edge";
import { formatMicroseconds, formatRate, NOTHING, plural } from "../lib/format";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { memo } from "../ui/memo";
import { StateBadge } from "../ui/state";
import { Figures } from "./edge_figures";

interface RowProperties {
  target: Target;
  rate: Rate | undefined;
  onOpen: (target: Target) => void;
}

const TargetRow = memo(({ target, rate, onOpen }: RowProperties) => (
  <tr class={targetTone(target)}>
    <th scope="row" class="text">
      <button type="button" class="link" aria-haspopup="dialog" onClick={() => onOpen(target)}>
        {targetName(target)}
      </button>
      <small class="quiet narrow">
        {rate ? `${formatRate(rate[0])} · p95 ${formatMicroseconds(rate[3])}` : "no requests"}
        {!!rate?.[1] && <b class="bad"> · {formatRate(rate[1])} errors</b>}
        {target.weight !== 1 && ` · weight ${target.weight}`}
      </small>
    </th>
    <td>
      <StateBadge tone={targetTone(target)} text={targetState(target)} />
      {targetTone(target) !== "ok" && <small class="reason">{target.description}</small>}
    </td>
    <td class="number wide">{rate ? formatRate(rate[0]) : NOTHING}</td>
    <td class={rate?.[1] ? "number bad wide" : "number wide"}>{rate ? formatRate(rate[1]) : NOTHING}</td>
    <td class="number wide">{formatMicroseconds(rate?.[3] ?? 0)}</td>
    <td class="number wide">{target.weight}</td>
  </tr>
));

function GroupTable({ group, onOpen }: { group: Group; onOpen: RowProperties["onOpen"] }) {
  const targets = useStore(state, (now) => now.targets);
  const rates = useStore(state, (now) => now.rates);
  const title = `${group.project}/${group.name}`;

  return (
    <section class="group" aria-label={`Group ${title}`}>
      <h3>
        {title} <small class="quiet">{group.algorithm.replaceAll("_", " ")}</small>
        <Figures rate={rates.get(group.id)} />
      </h3>
      <div class="scroll">
        <table aria-label={`Targets of ${title}`}>
          <thead>
            <tr>
              <th scope="col">Target</th>
              <th scope="col">State</th>
              <th scope="col" class="number wide">
                Requests
              </th>
              <th scope="col" class="number wide">
                Errors
              </th>
              <th scope="col" class="number wide">
                p95
              </th>
              <th scope="col" class="number wide">
                Weight
              </th>
            </tr>
          </thead>
          <tbody>
            {group.targets.map((id) => {
              const target = targets.get(id);
              return (
                target && (
                  <TargetRow key={id} target={target} rate={rates.get(id)} onOpen={onOpen} />
                )
              );
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

export function EdgeList({ edge, onOpen }: { edge: Edge; onOpen: (target: Target) => void }) {
  const rates = useStore(state, (now) => now.rates);
  const nameOf = new Map(edge.groups.map((group) => [group.id, `${group.project}/${group.name}`]));

  return (
    <>
      <h2>Listeners</h2>
      {edge.listeners.map((listener) => (
        <section key={listener.id} class="card" aria-label={`Listener ${listener.address}`}>
          <h3>
            {listener.address} <small class="quiet">{listener.protocol}</small>
            <Figures rate={rates.get(listener.id)} />
          </h3>
          <ol class="rules">
            {listener.rules.map((rule, i) => (
              <li key={i}>
                <span>{rule.when || "everything else"}</span>
                <span class="quiet"> → </span>
                {rule.action.groups?.length
                  ? rule.action.groups.map(({ id, weight }, j) => (
                      <span key={id}>
                        {j > 0 && ", "}
                        {nameOf.get(id) ?? id}
                        {rule.action.groups!.length > 1 && ` (${weight})`}
                      </span>
                    ))
                  : describeAction(rule)}
              </li>
            ))}
          </ol>
        </section>
      ))}
      <h2>
        Groups <span class="count">{plural(edge.groups.length, "group")}</span>
      </h2>
      {edge.groups.map((group) => (
        <GroupTable key={group.id} group={group} onOpen={onOpen} />
      ))}
    </>
  );
}
