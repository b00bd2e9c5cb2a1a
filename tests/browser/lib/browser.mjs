// SPDX-License-Identifier: Apache-2.0
// Debian's Chromium, and a page that notes what no page should do.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Why there is no browser here, for node:test's option `skip`; false where there is one. */
export const noBrowser = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

export async function startBrowser() {
  // It is the dashboard's dependency, and not the tests': there is one folder of packages.
  const require = createRequire(new URL("../../../web/package.json", import.meta.url));
  const { chromium } = require("playwright-core");
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: FLAGS });
}

/**
 * A page in a profile of its own. `faults` has what the console said as an error, what was thrown,
 * what the content security policy stopped, and what was asked of another host.
 */
export async function openPage(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const faults = [];
  const { origin } = new URL(url);

  page.setDefaultTimeout(20_000);
  page.on("console", (message) => {
    // The browser itself says so of each refused request; that is what some tests are about.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("request", (request) => {
    const asked = new URL(request.url());
    if (asked.origin !== origin && asked.protocol !== "data:") faults.push(`asked ${asked}`);
  });
  await page.goto(url);
  return { page, faults, close: () => context.close() };
}
