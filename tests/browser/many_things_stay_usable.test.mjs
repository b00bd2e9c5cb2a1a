// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { noBrowser as skip, openPage, startBrowser } from "./lib/browser.mjs";
import { startPlayedApi } from "./lib/played_api.mjs";

const log = Array.from({ length: 4000 }, (_, i) => {
  const time = new Date(Date.UTC(2026, 10, 21, 10) + i * 1000).toISOString();
  return `${JSON.stringify({ time, stream: "stdout", text: `line ${i}` })}\n`;
}).join("");

async function withPage(answers, act) {
  const api = await startPlayedApi({ services: 50, replicas: 4, answers });
  const browser = await startBrowser();
  try {
    const { page, faults } = await openPage(browser, `${api.url}#token=a.b.c`);
    await act(page, api);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await api.close();
  }
}

test("200 instances and targets are there, and can be looked for", { skip }, async () => {
  await withPage({}, async (page, api) => {
    const rows = page.locator("section", { has: page.locator("#instances") }).locator("tbody tr");
    await rows.first().waitFor();
    assert.equal(await rows.count(), 50);
    await page.getByLabel("Find").fill("service49-");
    assert.equal(await rows.count(), 4);
    await page.getByLabel("Find").fill("");
    await page.getByRole("button", { name: "Show all 200" }).click();
    assert.equal(await rows.count(), 200);
    await page.goto(`${api.url}#/edge`);
    await page.locator(".target").nth(199).waitFor();
  });
});

test("a burst of changes is shown whole", { skip }, async () => {
  await withPage({}, async (page, api) => {
    await page.goto(`${api.url}#/edge`);
    await page.locator(".target.ok").nth(199).waitFor();
    for (const target of api.world.targets) {
      Object.assign(target, { state: "unhealthy", description: "status 500" });
      api.send("targets", { targets: [target] });
    }
    await page.locator(".target.bad").nth(199).waitFor();
  });
});

test("of thousands of lines only those in sight are in the page", { skip }, async () => {
  const path = "/v1/projects/project0/instances/i0x1/logs";
  await withPage({ [path]: log }, async (page, api) => {
    await page.goto(`${api.url}#/logs/project0/service0/project0-service0-1`);
    const rows = page.locator(".log .row");
    await rows.filter({ hasText: "line 3999" }).waitFor();
    assert.ok((await rows.count()) < 120);
    await page.getByRole("log").evaluate((box) => (box.scrollTop = 0));
    await rows.filter({ hasText: /line 0$/ }).waitFor();
    await page.getByRole("button", { name: "Newest" }).click();
    await rows.filter({ hasText: "line 3999" }).waitFor();
  });
});
