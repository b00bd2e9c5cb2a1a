// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { ApiError, get } from "../api/client";
import { signOut } from "../state/live";

export interface Fetched<T> {
  value: T | null;
  error: string | null;
}

/** What the API answers to this path, asked anew when `version` changes; null asks nothing. */
export function useFetched<T>(path: string | null, version: unknown = null): Fetched<T> {
  const [fetched, setFetched] = useState<Fetched<T> & { path: string | null }>({
    path: null,
    value: null,
    error: null,
  });

  useEffect(() => {
    if (path === null) return;
    const control = new AbortController();
    get<T>(path, control.signal)
      .then((value) => setFetched({ path, value, error: null }))
      .catch((error: unknown) => {
        if (control.signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) return signOut(error.message);
        const message = error instanceof ApiError ? error.message : "Slipway does not answer";
        setFetched((before) => ({
          path,
          value: before.path === path ? before.value : null,
          error: message,
        }));
      });
    return () => control.abort();
  }, [path, version]);
  // What another path has answered is not shown for this one.
  return fetched.path === path ? fetched : { value: null, error: null };
}
