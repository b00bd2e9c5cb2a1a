// SPDX-License-Identifier: Apache-2.0
// A value that views follow. Changes are told once a frame, however many there were.

import { useEffect, useState } from "preact/hooks";

export class Store<T> {
  private followers = new Set<() => void>();
  private isDue = false;

  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    if (value === this.value) return;
    this.value = value;
    if (this.isDue) return;
    this.isDue = true;
    requestAnimationFrame(() => {
      this.isDue = false;
      for (const follower of [...this.followers]) follower();
    });
  }

  follow(follower: () => void): () => void {
    this.followers.add(follower);
    return () => this.followers.delete(follower);
  }
}

/** What `select` finds in the store; the view is drawn anew when that becomes another value. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  const selected = select(store.get());
  const [, draw] = useState(0);

  useEffect(() => {
    let seen = selected;
    const look = () => {
      const now = select(store.get());
      if (Object.is(now, seen)) return;
      seen = now;
      draw((count) => count + 1);
    };
    // It may have changed between drawing and now.
    look();
    return store.follow(look);
  }, [store, selected]);
  return selected;
}
