// SPDX-License-Identifier: Apache-2.0
// Requests to the API with the token of the session, and streams of lines.

import { getToken } from "./token";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

async function messageOf(response: Response): Promise<string> {
  try {
    const body = (await response.json()) as { error?: { message?: unknown } };
    if (typeof body.error?.message === "string") return body.error.message;
  } catch {
    // Not JSON: a proxy between us and Slipway may have answered.
  }
  return `the server answered with status ${response.status}`;
}

/** An answer whose status is good; everything else is thrown as an ApiError. */
export async function open(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("Authorization", `Bearer ${getToken()}`);
  const response = await fetch(path, { ...init, headers, cache: "no-store" });

  if (!response.ok) throw new ApiError(response.status, await messageOf(response));
  return response;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await open(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

export async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await open(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  return (await response.json()) as T;
}

/** Pieces of the body as text, as they come. */
export async function* pieces(response: Response): AsyncGenerator<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();

  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield decoder.decode(value, { stream: true });
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** What has gone wrong with a stream that is under way, its last line says. */
export function parseLines<T>(texts: string[]): { objects: T[]; error: string | null } {
  const objects: T[] = [];

  for (const text of texts) {
    if (text === "") continue;
    const line = JSON.parse(text) as T & { type?: unknown; error?: unknown };
    if (line.type === "result" && typeof line.error === "string")
      return { objects, error: line.error };
    objects.push(line);
  }
  return { objects, error: null };
}

/** The objects of a stream that has one on each line, as many at once as have come. */
export async function* lines<T>(path: string, signal: AbortSignal): AsyncGenerator<T[]> {
  let rest = "";

  for await (const piece of pieces(await open(path, { signal }))) {
    const complete = (rest + piece).split("\n");
    rest = complete.pop()!;
    const { objects, error } = parseLines<T>(complete);
    if (objects.length) yield objects;
    if (error !== null) throw new ApiError(500, error);
  }
}

/** A path of segments, each of which may be any text. */
export function path(...segments: (string | number)[]): string {
  return "/v1/" + segments.map((segment) => encodeURIComponent(segment)).join("/");
}
