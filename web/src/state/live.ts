// SPDX-License-Identifier: Apache-2.0
// The live stream: opened once there is a token, opened again after each break, each time a little
// later. It fails in three ways: the server is not there (we wait and try again), the token is not
// good (the user is asked for one), and silence (a connection that says nothing for long is dead,
// whatever the system thinks of it).

import { ApiError, open, pieces } from "../api/client";
import { EventReader } from "../api/sse";
import { getToken, setToken } from "../api/token";
import { delayOf } from "../lib/backoff";
import { announce, announceChange } from "./announce";
import { empty, reduce, type State } from "./state";
import { Store } from "./store";
import { lookAtVersion } from "./version";

export interface Connection {
  phase: "connecting" | "live" | "waiting" | "signed-out";
  /** Why it is not live. */
  reason: string;
  /** When it will be tried again, in our milliseconds. */
  retryAt: number;
  /** When something was last heard; 0: never. */
  heardAt: number;
}

const SILENCE_MS = 25_000;

export const state = new Store<State>(empty);
export const connection = new Store<Connection>({
  phase: "signed-out",
  reason: "",
  retryAt: 0,
  heardAt: 0,
});

let attempt = 0;
let lastId: string | null = null;
let current: AbortController | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function update(change: Partial<Connection>): void {
  connection.set({ ...connection.get(), ...change });
}

function apply(name: string, data: string, id: string | null): void {
  if (id !== null) lastId = id;
  const before = state.get();
  const after = reduce(before, name, JSON.parse(data), Date.now());
  state.set(after);
  announceChange(before, after);
  if (name === "session" && after.session) void lookAtVersion(after.session.version);
}

async function read(control: AbortController): Promise<void> {
  const headers: Record<string, string> = { Accept: "text/event-stream" };
  if (lastId !== null) headers["Last-Event-ID"] = lastId;
  const response = await open("/v1/live", { headers, signal: control.signal });
  const reader = new EventReader();
  let silence = setTimeout(() => control.abort(), SILENCE_MS);

  attempt = 0;
  if (connection.get().heardAt) announce("Connected again");
  update({ phase: "live", reason: "", heardAt: Date.now() });
  try {
    for await (const piece of pieces(response)) {
      clearTimeout(silence);
      silence = setTimeout(() => control.abort(), SILENCE_MS);
      update({ heardAt: Date.now() });
      for (const event of reader.take(piece)) apply(event.name, event.data, event.id);
    }
  } finally {
    clearTimeout(silence);
  }
}

function wait(reason: string): void {
  const delay = delayOf(attempt, Math.random());

  if (attempt++ === 0) announce(`Not connected: ${reason}`);
  update({ phase: "waiting", reason, retryAt: Date.now() + delay });
  timer = setTimeout(connect, delay);
}

/** Opens the stream, at once. */
export function connect(): void {
  const control = new AbortController();

  clearTimeout(timer);
  current?.abort();
  current = control;
  if (!getToken()) return signOut("");
  update({ phase: "connecting" });
  read(control)
    .then(() => "the connection has ended")
    .catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) signOut(error.message);
      return error instanceof ApiError ? error.message : "Slipway does not answer";
    })
    .then((reason) => {
      // Another stream may have taken the place of this one meanwhile.
      if (current === control && connection.get().phase !== "signed-out") wait(reason);
    });
}

/** Forgets the token, and asks for another. */
export function signOut(reason: string): void {
  clearTimeout(timer);
  setToken("");
  const ended = current;
  current = null;
  update({ phase: "signed-out", reason });
  ended?.abort();
}

export function signIn(token: string): void {
  setToken(token);
  attempt = 0;
  lastId = null;
  state.set(empty);
  connect();
}

/** When the machine comes back from sleep, or into a network, nobody wants to wait. */
export function reconnectWhenBack(): void {
  const hurry = () => {
    if (connection.get().phase === "waiting") connect();
  };

  addEventListener("online", hurry);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) hurry();
  });
}
