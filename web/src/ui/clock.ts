// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { state } from "../state/live";

/** The server's time, so that ages count on; `every` in milliseconds. */
export function useClock(every = 1000): number {
  const [now, setNow] = useState(Date.now());

  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now + state.get().skew;
}
