// SPDX-License-Identifier: Apache-2.0
// The picture of the edge: where boxes and lines are, and what they say. Pure.

import type { Edge, Group, Listener, Rate, Rule, Target } from "../api/types";

export type Tone = "ok" | "wait" | "bad" | "off";

export interface Node<T> {
  key: string;
  item: T;
  /** Of its middle, in pixels from the top. */
  y: number;
}

export interface Link {
  key: string;
  column: 0 | 1 | 2;
  from: number;
  to: number;
  /** Whose rate it has; null where nobody counts it. */
  rateOf: string | null;
  /** Whose are to be taken from that: the listeners that lead there as well. */
  less: string[];
  target: string | null;
}

export interface RuleItem {
  rule: Rule;
  listener: Listener;
}

export interface Picture {
  height: number;
  listeners: Node<Listener>[];
  rules: Node<RuleItem>[];
  groups: Node<Group>[];
  targets: Node<{ id: string; group: string }>[];
  links: Link[];
}

export const BOX_HEIGHT = 58;
const PITCH = BOX_HEIGHT + 12;
const GROUP_GAP = 14;

/** Where native services find each other; what comes from outside comes elsewhere. */
export function isInternal({ address }: Listener): boolean {
  return /^127\.(?!0\.0\.1:)/.test(address);
}

export function targetName(target: Target): string {
  return target.instance ?? target.name ?? target.address;
}

export function targetTone(target: Target): Tone {
  if (target.state === "healthy") return "ok";
  if (target.state === "unhealthy") return "bad";
  if (target.state === "initial" || target.state === "draining") return "wait";
  // Without checks a target gets requests all the same.
  return target.reason === "no_check" ? "ok" : "off";
}

/** What people call its state: one without checks gets requests, and nothing is wrong with it. */
export function targetState(target: Target): string {
  return target.reason === "no_check" ? "not checked" : target.state;
}

/** Each as near to where it wants to be as the one above lets it, in the order given. */
export function spread(wanted: number[], pitch: number): number[] {
  const placed: number[] = [];

  for (const y of wanted) {
    const above = placed[placed.length - 1];
    placed.push(Math.max(y, above === undefined ? pitch / 2 : above + pitch));
  }
  return placed;
}

/** With the targets that have left their group, and finish what they have, still in it. */
export function withLeaving(edge: Edge, targets: ReadonlyMap<string, Target>): Edge {
  const listed = new Set(edge.groups.flatMap((group) => group.targets));
  const leaving = [...targets.values()].filter((target) => !listed.has(target.id));

  if (!leaving.length) return edge;
  const groups = edge.groups.map((group) => {
    const own = leaving.filter(
      (target) => target.project === group.project && target.group === group.name,
    );
    return own.length
      ? { ...group, targets: [...group.targets, ...own.map((target) => target.id)] }
      : group;
  });
  return { ...edge, groups };
}

function middle(values: number[], otherwise: number): number {
  return values.length ? (Math.min(...values) + Math.max(...values)) / 2 : otherwise;
}

/** Those that a rule leads to. */
export function reachedGroups(edge: Edge): ReadonlySet<string> {
  const rules = edge.listeners.flatMap((listener) => listener.rules);
  return new Set(rules.flatMap((rule) => (rule.action.groups ?? []).map((group) => group.id)));
}

/** Groups in the order in which rules name them, then those that no rule names. */
function orderGroups(edge: Edge): Group[] {
  const order = new Map([...reachedGroups(edge)].map((id, i) => [id, i]));

  return [...edge.groups].sort(
    (a, b) => (order.get(a.id) ?? Infinity) - (order.get(b.id) ?? Infinity) || 0,
  );
}

/** Of `edge`, which may be a part of what there is. */
export function layOut(edge: Edge, whole = edge): Picture {
  const groups = orderGroups(edge);
  const targets: Picture["targets"] = [];
  const places: number[] = [];
  let y = 0;

  for (const group of groups) {
    const first = y + PITCH / 2;
    for (const id of group.targets) {
      targets.push({ key: `${group.id}/${id}`, item: { id, group: group.id }, y: y + PITCH / 2 });
      y += PITCH;
    }
    places.push(middle(group.targets.length ? [first, y - PITCH / 2] : [], first));
    y += group.targets.length ? GROUP_GAP : PITCH + GROUP_GAP;
  }
  const groupNodes = spread(places, PITCH).map((place, i) => ({
    key: groups[i]!.id,
    item: groups[i]!,
    y: place,
  }));
  return connect(edge, groupNodes, targets, whole);
}

function connect(
  edge: Edge,
  groups: Node<Group>[],
  targets: Picture["targets"],
  whole: Edge,
): Picture {
  const placeOf = new Map(groups.map((node) => [node.key, node.y]));
  const items = edge.listeners.flatMap((listener) =>
    listener.rules.map((rule, i) => ({ rule, listener, key: `${listener.id}/${i}` })),
  );
  let last = PITCH / 2;
  const wanted = items.map(({ rule }) => {
    const places = (rule.action.groups ?? []).flatMap((group) => placeOf.get(group.id) ?? []);
    return (last = middle(places, last));
  });
  const rules = spread(wanted, PITCH).map((y, i) => ({ ...rest(items[i]!), y }));
  const listeners = spread(
    edge.listeners.map((listener) =>
      middle(
        rules.filter((node) => node.item.listener === listener).map((node) => node.y),
        PITCH / 2,
      ),
    ),
    PITCH,
  ).map((y, i) => ({ key: edge.listeners[i]!.id, item: edge.listeners[i]!, y }));
  const all = [...listeners, ...rules, ...groups, ...targets];
  const height = Math.max(PITCH, ...all.map((node) => node.y + PITCH / 2));

  const links = link(listeners, rules, groups, targets, whole);

  return { height, listeners, rules, groups, targets, links };
}

function rest(item: RuleItem & { key: string }): { key: string; item: RuleItem } {
  return { key: item.key, item: { rule: item.rule, listener: item.listener } };
}

interface Count {
  rateOf: string | null;
  less: string[];
}

const UNCOUNTED: Count = { rateOf: null, less: [] };

/** The one group that all requests of a listener go to; null where there are others. */
function onlyGroup({ rules }: Listener): string | null {
  const groups = rules.length === 1 ? (rules[0]!.action.groups ?? []) : [];
  return groups.length === 1 ? groups[0]!.id : null;
}

/**
 * Nobody counts by rule. But a listener with one rule has that one's rate, and where one rule alone
 * leads to a group, besides such listeners, what they do not bring comes by it.
 */
function countRule({ rule, listener }: RuleItem, group: string, edge: Edge): Count {
  if (onlyGroup(listener) === group) return { rateOf: listener.id, less: [] };
  const simple = edge.listeners.filter((one) => onlyGroup(one) === group);
  const others = edge.listeners
    .filter((one) => !simple.includes(one))
    .flatMap((one) => one.rules)
    .filter((one) => one !== rule && one.action.groups?.some(({ id }) => id === group));
  return others.length ? UNCOUNTED : { rateOf: group, less: simple.map((one) => one.id) };
}

function link(
  listeners: Node<Listener>[],
  rules: Node<RuleItem>[],
  groups: Node<Group>[],
  targets: Picture["targets"],
  whole: Edge,
): Link[] {
  const groupAt = new Map(groups.map((node) => [node.key, node.y]));
  const listenerAt = new Map(listeners.map((node) => [node.key, node.y]));
  const links: Link[] = [];

  for (const { key, item, y } of rules) {
    const named = item.rule.action.groups ?? [];
    const counts = named.map(({ id }) => countRule(item, id, whole));
    const from = listenerAt.get(item.listener.id) ?? y;
    // A listener's only rule has all that it has, wherever it leads.
    const all =
      item.listener.rules.length === 1 ? { rateOf: item.listener.id, less: [] } : undefined;
    const count = all ?? (counts.length === 1 ? counts[0]! : UNCOUNTED);
    links.push({ key: `in ${key}`, column: 0, from, to: y, ...count, target: null });
    named.forEach(({ id }, i) => {
      const to = groupAt.get(id);
      if (to !== undefined)
        links.push({ key: `${key} ${id}`, column: 1, from: y, to, ...counts[i]!, target: null });
    });
  }
  for (const { key, item, y } of targets) {
    const from = groupAt.get(item.group) ?? y;
    links.push({ key, column: 2, from, to: y, rateOf: item.id, less: [], target: item.id });
  }
  return links;
}

/** The rate of a line, and how many of its requests fail; null where nobody counts them. */
export function rateOfLink(
  { rateOf, less }: Link,
  rates: ReadonlyMap<string, Rate>,
): { requests: number; errorShare: number } | null {
  if (rateOf === null) return null;
  const rate = rates.get(rateOf);
  const left = (i: 0 | 1) =>
    Math.max(0, (rate?.[i] ?? 0) - less.reduce((sum, id) => sum + (rates.get(id)?.[i] ?? 0), 0));
  const requests = left(0);
  return { requests, errorShare: requests > 0 ? Math.min(1, left(1) / requests) : 0 };
}

/** How thick a line is, in pixels: by the logarithm, so that 1/s and 10,000/s can both be seen. */
export function thickness(requestsPerSecond: number): number {
  return requestsPerSecond <= 0 ? 1 : Math.min(9, 1.6 + 1.7 * Math.log10(1 + requestsPerSecond));
}

export function describeAction(rule: Rule): string {
  const { kind, text, groups } = rule.action;

  if (kind === "forward") return (groups?.length ?? 0) > 1 ? "forward, by weight" : "forward";
  return text || kind;
}
