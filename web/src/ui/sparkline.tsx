// SPDX-License-Identifier: Apache-2.0
import { memo } from "./memo";

const WIDTH = 90;
const HEIGHT = 22;

/** The last minute at a glance; the figure beside it says the same in text. */
export const Sparkline = memo(({ values }: { values: readonly number[] }) => {
  const highest = Math.max(...values, 1e-9);
  const step = WIDTH / 59;
  const x = (i: number) => (WIDTH - (values.length - 1 - i) * step).toFixed(1);
  const y = (value: number) => (HEIGHT - 2 - (value / highest) * (HEIGHT - 4)).toFixed(1);
  const line = values.map((value, i) => `${x(i)},${y(value)}`).join(" ");

  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      {values.length > 1 && (
        <>
          <polygon points={`${x(0)},${HEIGHT} ${line} ${WIDTH},${HEIGHT}`} />
          <polyline points={line} />
        </>
      )}
    </svg>
  );
});
