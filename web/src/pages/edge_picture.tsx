// SPDX-License-Identifier: Apache-2.0
// Boxes stand at places that are known without measuring: columns in percent of the width, rows in
// pixels. The lines are one drawing in the same measures, stretched to the width.

import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import type { Edge, Rate, Target } from "../api/types";
import {
  BOX_HEIGHT,
  describeAction,
  layOut,
  reachedGroups,
  rateOfLink,
  targetTone,
  thickness,
  type Link,
} from "../lib/edge";
import { state } from "../state/live";
import { useStore } from "../state/store";
import { memo } from "../ui/memo";
import { Figures, TargetText } from "./edge_figures";
import { StateMark } from "../ui/state";

const WIDTH = 19;
const LEFT = [0, 27, 54, 81] as const;

function path({ column, from, to }: Link): string {
  const x1 = LEFT[column] + WIDTH;
  const x2 = LEFT[column + 1]!;
  const middle = (x1 + x2) / 2;
  return `M${x1} ${from}C${middle} ${from} ${middle} ${to} ${x2} ${to}`;
}

interface LineProperties {
  link: Link;
  rate: number;
  errors: number;
  tone: string;
}

const Line = memo(({ link, rate, errors, tone }: LineProperties) => (
  <path
    d={path(link)}
    class={`line ${tone} ${errors > 0.05 ? "erring" : ""} ${link.rateOf ? "" : "uncounted"}`}
    stroke-width={thickness(rate).toFixed(1)}
    stroke-opacity={rate > 0 || tone === "bad" ? 0.85 : 0.4}
  />
));

function Lines({ links, height }: { links: Link[]; height: number }) {
  const rates = useStore(state, (now) => now.rates);
  const targets = useStore(state, (now) => now.targets);

  return (
    <svg class="lines" viewBox={`0 0 100 ${height}`} preserveAspectRatio="none" aria-hidden="true">
      {links.map((link) => {
        const rate = rateOfLink(link, rates);
        const target = link.target ? targets.get(link.target) : undefined;
        return (
          <Line
            key={link.key}
            link={link}
            rate={rate?.requests ?? 0}
            errors={rate?.errorShare ?? 0}
            tone={target ? targetTone(target) : ""}
          />
        );
      })}
    </svg>
  );
}

interface BoxProperties {
  column: 0 | 1 | 2 | 3;
  y: number;
  kind: string;
  children: ComponentChildren;
}

function Box({ column, y, kind, children }: BoxProperties) {
  const place = {
    left: `${LEFT[column]}%`,
    top: `${y - BOX_HEIGHT / 2}px`,
    width: `${WIDTH}%`,
    height: `${BOX_HEIGHT}px`,
  };
  return (
    <li class={`box ${kind}`} style={place}>
      {children}
    </li>
  );
}

interface TargetBoxProperties {
  y: number;
  target: Target;
  rate: Rate | undefined;
  onOpen: (target: Target) => void;
}

const TargetBox = memo(({ y, target, rate, onOpen }: TargetBoxProperties) => (
  <Box column={3} y={y} kind={`target ${targetTone(target)}`}>
    <button type="button" onClick={() => onOpen(target)} aria-haspopup="dialog">
      <TargetText target={target} />
      <Figures rate={rate} />
    </button>
  </Box>
));

interface Properties {
  edge: Edge;
  /** With what is not shown. */
  whole: Edge;
  onOpen: (target: Target) => void;
}

export function EdgePicture({ edge, whole, onOpen }: Properties) {
  const picture = useMemo(() => layOut(edge, whole), [edge, whole]);
  const reached = useMemo(() => reachedGroups(edge), [edge]);
  const reachedAtAll = useMemo(() => reachedGroups(whole), [whole]);
  const rates = useStore(state, (now) => now.rates);
  const targets = useStore(state, (now) => now.targets);

  return (
    <>
      <ol class="columns" aria-hidden="true">
        <li>Listeners</li>
        <li>Rules</li>
        <li>Groups</li>
        <li>Targets</li>
      </ol>
      <div class="picture" style={{ height: `${picture.height}px` }}>
        <Lines links={picture.links} height={picture.height} />
        <ul aria-label="Listeners">
          {picture.listeners.map(({ key, item, y }) => (
            <Box key={key} column={0} y={y} kind="listener">
              <strong title={item.address}>{item.address}</strong>
              <small>
                {item.protocol} · {item.name}
              </small>
              <Figures rate={rates.get(key)} />
            </Box>
          ))}
        </ul>
        <ul aria-label="Rules">
          {picture.rules.map(({ key, item: { rule }, y }) => (
            <Box key={key} column={1} y={y} kind="rule">
              <strong title={rule.when}>{rule.when || "everything else"}</strong>
              <small title={describeAction(rule)}>
                {rule.name} · {describeAction(rule)}
              </small>
            </Box>
          ))}
        </ul>
        <ul aria-label="Groups">
          {picture.groups.map(({ key, item, y }) => (
            <Box key={key} column={2} y={y} kind="group">
              <strong title={`${item.project}/${item.name}`}>
                <span class="quiet">{item.project}/</span>
                {item.name}
              </strong>
              <small>
                {item.algorithm.replaceAll("_", " ")}
                {!reached.has(key) && reachedAtAll.has(key) && " · between services"}
              </small>
              <Figures rate={rates.get(key)} />
            </Box>
          ))}
        </ul>
        <ul aria-label="Targets">
          {picture.targets.map(({ key, item, y }) => {
            const target = targets.get(item.id);
            if (!target) return null;
            return (
              <TargetBox
                key={key}
                y={y}
                target={target}
                rate={rates.get(item.id)}
                onOpen={onOpen}
              />
            );
          })}
        </ul>
      </div>
      <p class="legend">
        <StateMark tone="ok" /> healthy <StateMark tone="wait" /> starting or draining{" "}
        <StateMark tone="bad" /> unhealthy <StateMark tone="off" /> out of use. The thicker a line,
        the more requests; those of a dashed one are not counted by themselves.
      </p>
    </>
  );
}
