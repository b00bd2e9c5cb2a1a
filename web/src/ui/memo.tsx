// SPDX-License-Identifier: Apache-2.0
import { Component, createElement, type FunctionComponent } from "preact";

/** Drawn anew only when one of its properties is another value. */
export function memo<P extends object>(view: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const now = this.props;
      const keys = new Set([...Object.keys(now), ...Object.keys(next)]) as Set<keyof P>;
      return [...keys].some((key) => !Object.is(now[key], next[key]));
    }

    override render() {
      return createElement(view, this.props);
    }
  }
  return Memo as unknown as FunctionComponent<P>;
}
