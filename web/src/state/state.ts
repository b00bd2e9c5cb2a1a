// SPDX-License-Identifier: Apache-2.0
// What the live stream has told, and how an event changes it. Pure: a state is never changed but
// replaced, and what an event does not touch stays the same object, so that views see what is new.

import type {
  Edge,
  Instance,
  Project,
  Rate,
  Session,
  SlipwayEvent,
  Target,
  Usage,
} from "../api/types";

export interface Progress {
  text: string;
  done: number;
  total: number;
}

export interface State {
  session: Session | null;
  /** The server's clock less ours, in milliseconds. */
  skew: number;
  projects: Project[] | null;
  instances: ReadonlyMap<string, Instance>;
  edge: Edge | null;
  targets: ReadonlyMap<string, Target>;
  rates: ReadonlyMap<string, Rate>;
  /** Requests/s of the last minute, for the small lines. */
  recent: ReadonlyMap<string, readonly number[]>;
  /** For how many more seconds what answers with errors counts as failing: each one anew. */
  failing: ReadonlyMap<string, number>;
  usage: ReadonlyMap<string, Usage>;
  /** The newest that are kept by the server, oldest first. */
  events: readonly SlipwayEvent[];
  /** How often so much was missed that what the server keeps has to be asked for anew. */
  missed: number;
  /** Of the steps under way, by deploy and step. */
  progress: ReadonlyMap<string, Progress>;
}

const EVENTS_KEPT = 2000;
const RECENT_KEPT = 60;
// A few errors among many requests are no news; some seconds without are not the end of them.
const FAILING_SHARE = 0.05;
const FAILING_KEPT = 10;

export const empty: State = {
  session: null,
  skew: 0,
  projects: null,
  instances: new Map(),
  edge: null,
  targets: new Map(),
  rates: new Map(),
  recent: new Map(),
  failing: new Map(),
  usage: new Map(),
  events: [],
  missed: 0,
  progress: new Map(),
};

export function progressKey(deploy: number, step: number): string {
  return `${deploy}/${step}`;
}

function byId<T extends { id: string }>(items: T[]): Map<string, T> {
  return new Map(items.map((item) => [item.id, item]));
}

interface InstancesData {
  whole?: boolean;
  instances: Instance[];
  gone?: string[];
}

function takeInstances(state: State, data: InstancesData): State {
  const instances = data.whole ? new Map<string, Instance>() : new Map(state.instances);

  for (const instance of data.instances) instances.set(instance.id, instance);
  for (const id of data.gone ?? []) instances.delete(id);
  return { ...state, instances };
}

function takeEdge(state: State, data: Edge & { targets: Target[] }): State {
  const { targets, ...edge } = data;
  return { ...state, edge, targets: byId(targets) };
}

function takeTargets(state: State, data: { targets: Target[]; gone?: string[] }): State {
  const targets = new Map(state.targets);

  for (const target of data.targets) targets.set(target.id, target);
  for (const id of data.gone ?? []) targets.delete(id);
  return { ...state, targets };
}

function takeFailing(state: State, rates: State["rates"]): State["failing"] {
  const failing = new Map<string, number>();

  for (const [id, left] of state.failing) if (left > 1) failing.set(id, left - 1);
  for (const [id, [requests, errors]] of rates)
    if (errors > FAILING_SHARE * requests && errors > 0) failing.set(id, FAILING_KEPT);
  return failing;
}

function takeRates(state: State, items: Record<string, Rate>): State {
  const rates = new Map(Object.entries(items));
  const recent = new Map<string, readonly number[]>();

  for (const id of new Set([...state.recent.keys(), ...rates.keys()])) {
    const values = [...(state.recent.get(id) ?? []), rates.get(id)?.[0] ?? 0].slice(-RECENT_KEPT);
    if (values.some((value) => value > 0)) recent.set(id, values);
  }
  return { ...state, rates, recent, failing: takeFailing(state, rates) };
}

function takeEvent(state: State, event: SlipwayEvent): State {
  const last = state.events[state.events.length - 1];

  // After a break some may come again.
  if (event.sequence && last?.sequence && event.sequence <= last.sequence) return state;
  const events = [...state.events, event].slice(-EVENTS_KEPT);
  if (event.type !== "result" || !state.progress.size) return { ...state, events };
  const progress = new Map(state.progress);
  for (const key of progress.keys()) {
    if (key.startsWith(`${event.deploy}/`)) progress.delete(key);
  }
  return { ...state, events, progress };
}

function takeProgress(state: State, event: SlipwayEvent): State {
  if (event.type !== "progress" || !event.deploy || !event.id) return state;
  const { text = "", done = 0, total = 0 } = event;
  const progress = new Map(state.progress);
  progress.set(progressKey(event.deploy, event.id), { text, done, total });
  return { ...state, progress };
}

/** The state after an event of the stream; the same one where it says nothing new. */
export function reduce(state: State, name: string, data: any, now: number): State {
  switch (name) {
    case "session":
      return { ...state, session: data, skew: data.now - now };
    case "projects":
      return { ...state, projects: data.projects };
    case "instances":
      return takeInstances(state, data);
    case "edge":
      return takeEdge(state, data);
    case "targets":
      return takeTargets(state, data);
    case "rates":
      return takeRates(state, data.items);
    case "usage":
      return { ...state, usage: new Map(Object.entries<Usage>(data.items)) };
    case "event":
      return takeEvent(state, data);
    case "missed":
      return { ...state, events: [], missed: state.missed + 1 };
    case "progress":
      return takeProgress(state, data);
    default:
      return state;
  }
}
