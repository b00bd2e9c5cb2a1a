// SPDX-License-Identifier: Apache-2.0
// usage: node bench/dashboard/page.mjs URL SECONDS SERVICES INSTANCES
//
// The browser's part of the benchmark: opens the dashboard in Debian's Chromium, and prints a line
// of JSON for each thing it found out. After "open" it holds the overview as it is until it reads a
// line, so that the daemon's part can be measured meanwhile.

import { createInterface } from "node:readline";
import { openPage, startBrowser } from "../../tests/browser/lib/browser.mjs";

const OPENINGS = 3;
const WHEEL_PX = 1500;
const WHEEL_PX_S = 2400;
const [url, secondsText, servicesText, instancesText] = process.argv.slice(2);
const seconds = Number(secondsText);
const services = Number(servicesText);
const instances = Number(instancesText);

const say = (what) => console.log(JSON.stringify(what));

/** Runs in the page before anything else: notes when the overview is complete, and long tasks. */
function watch({ services, instances }) {
  window.benchLongTasks = [];
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.benchLongTasks.push(one.duration);
  }).observe({ type: "longtask", buffered: true });
  const look = () => {
    const text = document.querySelector("#instances")?.textContent ?? "";
    const rows = document.querySelectorAll("main tbody tr").length;
    const values = document.querySelectorAll("main tbody td.number").length;
    if (text.includes(String(instances)) && rows >= services + Math.min(instances, 50) && values)
      window.benchComplete = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

/** Runs in the page: frames and long tasks of so long, while pages are switched or not. */
function observe({ ms, kind, pages }) {
  return new Promise((resolve) => {
    const gaps = [];
    const begin = performance.now();
    let last = begin;
    let switched = begin;
    let page = 0;
    let changes = 0;
    const observer = new MutationObserver(() => changes++);
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
    window.benchLongTasks.length = 0;
    const next = (now) => {
      gaps.push(now - last);
      last = now;
      if (kind === "switch" && now - switched > 700) {
        switched = now;
        page = (page + 1) % pages.length;
        location.hash = `#/${pages[page]}`;
      }
      if (now - begin < ms) {
        requestAnimationFrame(next);
        return;
      }
      const over = window.benchLongTasks;
      observer.disconnect();
      resolve({
        gaps: gaps.slice(1),
        changes,
        longTasks: over.length,
        longestTask: Math.max(0, ...over),
        seconds: (now - begin) / 1000,
      });
    };
    requestAnimationFrame(next);
  });
}

async function figure(session, name) {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find((one) => one.name === name).value;
}

/** Turns the wheel over the page, or over the box of lines where there is one, until told to stop. */
async function scroll(page, session, isOver) {
  const box = await page.locator("[role=log]").boundingBox({ timeout: 1000 }).catch(() => null);
  const where = box ? { x: box.x + box.width / 2, y: box.y + box.height / 2 } : { x: 640, y: 500 };

  for (let i = 0; !isOver(); i++)
    await session.send("Input.synthesizeScrollGesture", {
      ...where,
      yDistance: i % 4 < 2 ? -WHEEL_PX : WHEEL_PX,
      speed: WHEEL_PX_S,
      gestureSourceType: "mouse",
    });
}

async function measure(page, session, name, kind, pages = []) {
  const busy = await figure(session, "TaskDuration");
  let isOver = false;
  const wheel = kind === "scroll" ? scroll(page, session, () => isOver) : null;
  const found = await page.evaluate(observe, { ms: seconds * 1000, kind, pages });
  isOver = true;
  await wheel;
  // A page that stands still is no page to measure.
  if (!found.changes && ["overview", "edge"].includes(name)) throw new Error(`${name}: no change`);
  const gaps = found.gaps.sort((a, b) => a - b);
  const at = (part) => gaps[Math.floor((gaps.length - 1) * part)];

  say({
    what: "frames",
    page: name,
    kind,
    frames: gaps.length,
    changes: found.changes,
    median: at(0.5),
    p95: at(0.95),
    longest: at(1),
    longTasksPerMinute: (found.longTasks * 60) / found.seconds,
    longestTask: found.longestTask,
    mainThread: ((await figure(session, "TaskDuration")) - busy) / found.seconds,
  });
}

async function open(browser) {
  const opened = await openPage(browser, "about:blank");
  await opened.page.addInitScript(watch, { services, instances });
  await opened.page.goto(url);
  await opened.page.waitForFunction(() => window.benchComplete, undefined, { timeout: 60_000 });
  return { ...opened, ms: await opened.page.evaluate(() => window.benchComplete) };
}

async function heap(session) {
  await session.send("HeapProfiler.collectGarbage");
  return figure(session, "JSHeapUsedSize");
}

async function showEverything(page, name) {
  if (name === "overview") {
    const all = page.getByRole("button", { name: /^Show all/ });
    if (await all.count()) await all.first().click();
  }
}

async function main() {
  const browser = await startBrowser();
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  const times = [];
  let opened;

  for (let i = 0; i < OPENINGS; i++) {
    await opened?.close();
    opened = await open(browser);
    times.push(opened.ms);
  }
  const { page } = opened;
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  say({ what: "open", browser: browser.version(), times });
  await lines.next();

  const pages = ["overview", "edge", "deploys", "logs", "charts"];
  for (const name of pages) {
    await page.evaluate((to) => (location.hash = to), `#/${name}`);
    await page.locator("main :is(table, .picture, .plot, [role=log], section)").first().waitFor();
    await showEverything(page, name);
    await page.waitForTimeout(1000);
    await measure(page, session, name, "live");
    await measure(page, session, name, "scroll");
  }
  await measure(page, session, "all", "switch", pages);
  say({ what: "heap", bytes: await heap(session) });
  await browser.close();
  say({ what: "end" });
}

await main();
