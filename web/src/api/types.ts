// SPDX-License-Identifier: Apache-2.0
// What the API answers, as far as the dashboard uses it: docs/api.md.

export type Role = "viewer" | "operator" | "admin";

export interface Session {
  version: string;
  name: string;
  role: Role;
  expires: string | null;
  /** The server's clock in milliseconds, so that ages are right on a machine whose clock is not. */
  now: number;
}

export type ServiceState = "ok" | "starting" | "degraded" | "failed" | "stopped";

export interface Service {
  name: string;
  runtime: string;
  replicas: number;
  running: number;
  ready: number;
  state: ServiceState;
  trouble: string | null;
  groups: string[];
  image: string;
}

export interface ProjectDeploy {
  id: number;
  kind: string;
  author: string;
  state: string;
  started: string | null;
  to: number;
}

export interface Project {
  name: string;
  state: string;
  error?: string | null;
  revision: number;
  newest: number;
  down: boolean;
  deploy: ProjectDeploy | null;
  listeners: number;
  groups: number;
  services: Service[];
}

export interface Instance {
  id: string;
  name: string;
  project: string;
  service: string;
  number: number;
  runtime: string;
  state: string;
  health: string;
  /** Its part in the rotation: none, standby, serving or draining. */
  edge: string;
  revision: number;
  /** In nanoseconds since 1970; 0 where it never was. */
  started: number;
  restarts: number;
  exit_code: number;
}

export interface RuleAction {
  kind: "forward" | "redirect" | "respond" | "none";
  groups?: { id: string; weight: number }[];
  text?: string;
}

export interface Rule {
  name: string;
  when: string;
  action: RuleAction;
}

export interface Listener {
  id: string;
  name: string;
  address: string;
  protocol: string;
  projects: string[];
  rules: Rule[];
}

export interface Group {
  id: string;
  project: string;
  name: string;
  service?: string;
  algorithm: string;
  targets: string[];
}

export type TargetState =
  "initial" | "healthy" | "unhealthy" | "unused" | "draining" | "unavailable";

export interface Target {
  id: string;
  project: string;
  group: string;
  address: string;
  name?: string;
  instance?: string;
  service?: string;
  weight: number;
  configured_weight?: number;
  state: TargetState;
  reason: string;
  description: string;
  since: string | null;
  last_status?: number;
}

export interface Edge {
  generation: number;
  listeners: Listener[];
  groups: Group[];
}

/**
 * Requests/s, errors/s, p50, p95 and p99 in us, active, open connections, bytes/s received and sent.
 */
export type Rate = [number, number, number, number, number, number, number, number, number];

/** CPU in percent of one CPU, bytes of memory, their limit or 0. */
export type Usage = [number, number, number];

export interface PlanStep {
  id: number;
  step: string;
  service: string;
  instance: string;
  name: string;
  number: number;
  wave: number;
  reason: string;
}

/** A line of GET /v1/events; which fields there are depends on the type. */
export interface SlipwayEvent {
  type: string;
  time: string;
  project: string;
  sequence?: number;
  deploy?: number;
  id?: number;
  kind?: string;
  from?: number;
  to?: number;
  author?: string;
  steps?: PlanStep[];
  step?: string;
  service?: string;
  instance?: string;
  name?: string;
  state?: string;
  message?: string;
  duration_ms?: number;
  text?: string;
  what?: string;
  done?: number;
  total?: number;
  revision?: number;
  ok?: number;
  changed?: number;
  failed?: number;
  log?: string[];
}

export interface Deploy {
  deploy: number;
  project: string;
  kind: string;
  from: number;
  to: number;
  author: string;
  note: string;
  state: string;
  message: string;
  cancelled_by: string;
  started: string | null;
  finished: string | null;
}

export interface Revision {
  number: number;
  created: string;
  author: string;
  note: string;
  state: string;
  serving: boolean;
}

export interface AuditEntry {
  sequence: number;
  time: string;
  name: string;
  role: Role;
  token: string | null;
  via: "socket" | "dashboard";
  method: string;
  path: string;
  detail: string;
  /** null while it is under way. */
  status: number | null;
}

export interface LogLine {
  time: string;
  stream: string;
  text: string;
}

export interface Series {
  kind: "listener" | "group" | "service" | "instance";
  id: string;
  name: string;
  project: string;
  service?: string;
  requests?: (number | null)[];
  errors?: (number | null)[];
  p50_us?: (number | null)[];
  p95_us?: (number | null)[];
  p99_us?: (number | null)[];
  cpu_percent?: (number | null)[];
  memory_bytes?: (number | null)[];
}

export interface History {
  step_s: number;
  end: number;
  series: Series[];
}
