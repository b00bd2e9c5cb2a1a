// SPDX-License-Identifier: Apache-2.0
// usage: node tests/browser/measure.mjs [SERVICES] [REPLICAS]
//
// Prints what each page costs the browser while figures come in every second: how much of a CPU its
// main thread takes, and how far apart frames were. By default of 50 services with 4 replicas.

import { openPage, startBrowser } from "./lib/browser.mjs";
import { startPlayedApi } from "./lib/played_api.mjs";

const SECONDS = 5;
const [services = 50, replicas = 4] = process.argv.slice(2).map(Number);

async function busySeconds(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value;
}

/** Milliseconds between frames, sorted. */
function frames(page) {
  return page.evaluate(
    (ms) =>
      new Promise((resolve) => {
        const gaps = [];
        const begin = performance.now();
        let last = begin;
        const next = (now) => {
          gaps.push(now - last);
          last = now;
          if (now - begin < ms) requestAnimationFrame(next);
          else resolve(gaps.slice(1).sort((a, b) => a - b));
        };
        requestAnimationFrame(next);
      }),
    SECONDS * 1000,
  );
}

const api = await startPlayedApi({ services, replicas });
const browser = await startBrowser();
const { page, faults } = await openPage(browser, `${api.url}#token=a.b.c`);
const session = await page.context().newCDPSession(page);

await session.send("Performance.enable");
console.log(`${services} services, ${services * replicas} instances and targets`);
for (const name of ["overview", "edge", "charts"]) {
  await page.goto(`${api.url}#/${name}`);
  await page.locator("main :is(table, .picture, .plot)").first().waitFor();
  if (name === "overview") await page.getByRole("button", { name: /^Show all/ }).click();
  const before = await busySeconds(session);
  const gaps = await frames(page);
  const busy = ((await busySeconds(session)) - before) / SECONDS;
  const at = (part) => gaps[Math.floor((gaps.length - 1) * part)].toFixed(1);
  console.log(
    `${name.padEnd(9)} main thread ${(busy * 100).toFixed(1)} %, frames: median ${at(0.5)} ms, ` +
      `99 % within ${at(0.99)} ms, longest ${at(1)} ms`,
  );
}
await browser.close();
await api.close();
if (faults.length) throw new Error(faults.join("\n"));
