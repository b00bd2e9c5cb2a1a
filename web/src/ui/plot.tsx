// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Column } from "../lib/series";
import { NOTHING } from "../lib/format";

export interface PlotLine {
  label: string;
  /** The name of a variable of the style sheet. */
  color: string;
  values: Column;
  isFilled?: boolean;
}

interface Properties {
  title: string;
  times: number[];
  seconds: number;
  lines: PlotLine[];
  format: (value: number) => string;
  /** The axis goes up to this at least: noise shall not look like a mountain. */
  least: number;
  /** Of bytes: the axis goes in powers of two. */
  isBinary?: boolean;
}

const HEIGHT = 170;
const DECIMAL = Array.from({ length: 14 }, (_, i) =>
  [1, 2, 5].map((n) => n * 10 ** (i - 3)),
).flat();
const BINARY = Array.from({ length: 44 }, (_, i) => 2 ** i);

/** A canvas needs the colour itself, not the variable's text. */
function resolve(element: HTMLElement, variable: string): string {
  element.style.color = `var(${variable})`;
  const color = getComputedStyle(element).color;
  element.style.color = "";
  return color;
}

function faint(color: string): string {
  return color.replace(/^rgb\((.*)\)$/, "rgba($1, 0.14)");
}

function makeOptions(
  element: HTMLElement,
  width: number,
  { lines, format, least, isBinary }: Properties,
): uPlot.Options {
  const text = resolve(element, "--muted");
  const grid = resolve(element, "--border");
  const axis = {
    stroke: text,
    font: "11px system-ui, sans-serif",
    grid: { stroke: grid, width: 1 },
    ticks: { show: false },
  };

  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, __, highest) => [0, Math.max((highest ?? 0) * 1.1, least)] } },
    axes: [
      { ...axis, space: 70, size: 26, values: "{HH}:{mm}:{ss}" },
      {
        ...axis,
        size: 66,
        space: 34,
        incrs: isBinary ? BINARY : DECIMAL,
        values: (_, values) => values.map((value) => (value ? format(value) : "0")),
      },
    ],
    series: [
      {},
      ...lines.map(({ label, color, isFilled }) => {
        const stroke = resolve(element, color);
        return {
          label,
          stroke,
          width: 1.5,
          points: { show: false },
          ...(isFilled ? { fill: faint(stroke) } : {}),
        };
      }),
    ],
  };
}

function lastOf(values: Column): number | null {
  return values[values.length - 1] ?? null;
}

function highestOf(values: Column): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length ? Math.max(...known) : null;
}

/** A chart, and the same in words: what each line is now, and its highest. */
export function Plot(properties: Properties) {
  const { title, times, seconds, lines, format } = properties;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const end = times[times.length - 1] ?? 0;
  const from = times.findIndex((time) => time >= end - seconds);
  const cut = <T,>(column: T[]): T[] => (from > 0 ? column.slice(from) : column);
  const shown = lines.map((line) => ({ ...line, values: cut(line.values) }));
  const data = [cut(times), ...shown.map((line) => line.values)] as uPlot.AlignedData;
  const text = (value: number | null) => (value === null ? NOTHING : format(value));

  useEffect(() => {
    const element = place.current!;
    const draw = () => {
      const width = Math.max(100, element.clientWidth);
      plot.current?.destroy();
      plot.current = new uPlot(makeOptions(element, width, properties), data, element);
    };
    const fit = new ResizeObserver(() =>
      plot.current?.setSize({ width: Math.max(100, element.clientWidth), height: HEIGHT }),
    );
    const dark = matchMedia("(prefers-color-scheme: dark)");
    draw();
    fit.observe(element);
    addEventListener("theme", draw);
    dark.addEventListener("change", draw);
    return () => {
      fit.disconnect();
      removeEventListener("theme", draw);
      dark.removeEventListener("change", draw);
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => {
    plot.current?.setData(data, false);
    plot.current?.setScale("x", { min: end - seconds, max: end });
  }, [times, seconds]);
  return (
    <figure class="plot">
      <figcaption>
        <h2>{title}</h2>
        <ul class="values">
          {shown.map(({ label, color, values }) => (
            <li key={label}>
              <i style={{ background: `var(${color})` }} />
              {label} <b>{text(lastOf(values))}</b>{" "}
              <span class="quiet">highest {text(highestOf(values))}</span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="canvas" aria-hidden="true" />
    </figure>
  );
}
