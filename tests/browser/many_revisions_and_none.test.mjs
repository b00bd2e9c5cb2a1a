// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { noBrowser, openPage, startBrowser } from "./lib/browser.mjs";
import { startPlayedApi } from "./lib/played_api.mjs";

const LONG = `made-by-a-tool-${"x".repeat(90)}`;
const TIME = "2026-11-21T10:00:00Z";

async function withPage(options, width, use) {
  const api = await startPlayedApi(options);
  const browser = await startBrowser();
  try {
    const viewport = { width, height: 800 };
    const { page, faults } = await openPage(browser, `${api.url}#token=x`, { viewport });
    await page.getByText("Live", { exact: true }).waitFor();
    await use(page, api);
    assert.deepEqual(faults, []);
  } finally {
    await browser.close();
    await api.close();
  }
}

const wide = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

test("without a project each page says what to do", { skip: noBrowser }, async () => {
  await withPage({ services: 0 }, 390, async (page, api) => {
    for (const name of ["overview", "deploys", "logs", "charts"]) {
      await page.goto(`${api.url}#/${name}`);
      await page.getByText(/There is no project yet. slipway up beside a Compose file/).waitFor();
    }
    await page.goto(`${api.url}#/edge`);
    await page.getByText(/Nothing listens yet.*slipway up/).waitFor();
  });
});

test("a hundred revisions and deploys make no endless page", { skip: noBrowser }, async () => {
  const revisions = Array.from({ length: 100 }, (_, i) => ({
    number: i + 1,
    created: TIME,
    author: LONG,
    note: i === 99 ? "scale" : LONG,
    state: "deployed",
    serving: i === 99,
  }));
  const deploys = revisions.map(({ number }) => ({
    deploy: 200 - number,
    project: "project0",
    kind: "up",
    from: 1,
    to: 101 - number,
    author: LONG,
    state: number === 1 ? "running" : "done",
    message: "",
    started: TIME,
    finished: number === 1 ? null : TIME,
  }));
  const answers = {
    "/v1/projects/project0/deploys": { deploys },
    "/v1/projects/project0/revisions": { revisions },
    "/v1/events": "\n",
  };
  for (const width of [1280, 320]) {
    await withPage({ services: 1, replicas: 1, answers }, width, async (page, api) => {
      await page.goto(`${api.url}#/deploys/project0`);
      await page.getByRole("button", { name: "Roll back to revision 99" }).waitFor();
      assert.equal(await page.locator(".deploys li").count(), 30);
      await page.getByRole("button", { name: "Show older" }).click();
      await page.locator(".deploys li").nth(59).waitFor();
      assert.ok((await wide(page)) <= 0);
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      assert.ok(height < 2400, `the page is ${height} pixels high`);
      // What runs is not over, and a note that only repeats the kind is none.
      assert.equal(await page.locator(".deploys .badge.wait").count(), 1);
      assert.equal(await page.locator(".revisions .note", { hasText: /^scale$/ }).count(), 0);
    });
  }
});

test("long names go on in the next line", { skip: noBrowser }, async () => {
  for (const width of [1280, 320]) {
    await withPage({ services: 3, replicas: 2 }, width, async (page, api) => {
      const { projects, instances, groups, targets } = api.world;
      projects[0].services[1].name = groups[1].name = LONG;
      for (const one of instances.slice(2, 4)) Object.assign(one, { name: LONG, service: LONG });
      for (const one of targets.slice(2, 4)) Object.assign(one, { instance: LONG, group: LONG });
      await page.reload();
      for (const name of ["overview", "edge"]) {
        await page.goto(`${api.url}#/${name}`);
        await page.getByText(LONG).first().waitFor();
        assert.ok((await wide(page)) <= 0, `${name} at ${width}`);
      }
    });
  }
});
