// SPDX-License-Identifier: Apache-2.0
// Figures as people read them: three digits at most, and a unit.

export const NOTHING = "–";

function digits(value: number): string {
  return trim(value.toFixed(value >= 100 ? 0 : value >= 1 ? 1 : 2));
}

function trim(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function scaled(value: number, base: number, units: string[]): string {
  let i = 0;

  // What would be rounded up to four digits is one of the next unit already.
  while (i < units.length - 1 && value >= base - 0.5) {
    value /= base;
    i++;
  }
  return `${digits(value)}${units[i]}`;
}

export function formatCount(value: number): string {
  return scaled(value, 1000, ["", "k", "M", "G"]);
}

export function formatRate(perSecond: number): string {
  return perSecond > 0 && perSecond < 0.01 ? "<0.01/s" : `${formatCount(perSecond)}/s`;
}

export function formatMicroseconds(us: number): string {
  return us <= 0 ? NOTHING : scaled(us, 1000, [" µs", " ms", " s"]);
}

export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
}

export function formatPercent(percent: number): string {
  return percent > 0 && percent < 0.1 ? "<0.1 %" : `${digits(percent)} %`;
}

/** "850 ms", "3.4 s", "2 min 5 s", "3 h 12 min", "4 d 2 h". */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;

  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 60) return `${digits(seconds)} s`;
  const parts: [number, string][] = [
    [86400, "d"],
    [3600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = parts.findIndex(([size]) => seconds >= size);
  const [size, unit] = parts[first]!;
  const [smaller, smallerUnit] = parts[first + 1]!;
  const rest = Math.floor((seconds % size) / smaller);

  return `${Math.floor(seconds / size)} ${unit}` + (rest ? ` ${rest} ${smallerUnit}` : "");
}

export function formatAge(ms: number): string {
  return ms < 1000 ? "just now" : `${formatDuration(Math.floor(ms / 1000) * 1000)} ago`;
}

// 24 hours everywhere, as charts and logs of services have them.
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(undefined, {
  dateStyle: "medium",
  timeStyle: "short",
  hourCycle: "h23",
});
const moment = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

export function formatClock(ms: number): string {
  return Number.isFinite(ms) ? clock.format(ms) : NOTHING;
}

export function formatDate(time: string | null): string {
  const ms = time ? Date.parse(time) : NaN;
  return Number.isFinite(ms) ? date.format(ms) : NOTHING;
}

/** To the second, without the year. */
export function formatMoment(time: string): string {
  const ms = Date.parse(time);
  return Number.isFinite(ms) ? moment.format(ms) : NOTHING;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
