// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { noBrowser, openPage, startBrowser } from "./lib/browser.mjs";
import { startPlayedApi } from "./lib/played_api.mjs";

const session = (version) => ({
  version,
  name: "anna",
  role: "viewer",
  expires: null,
  now: Date.now(),
});

async function openPlayed() {
  const api = await startPlayedApi({ services: 1, replicas: 1 });
  const browser = await startBrowser();
  const opened = await openPage(browser, `${api.url}#token=x`);
  await opened.page.getByText("Live", { exact: true }).waitFor();
  await opened.page.getByRole("region", { name: /^Services/ }).waitFor();
  const close = async () => {
    await browser.close();
    await api.close();
  };
  return { api, ...opened, close };
}

test("another version of the server is told, and a reload offered", { skip: noBrowser }, async () => {
  const { api, page, faults, close } = await openPlayed();
  const told = page.getByText("Slipway was upgraded to 7.0; this page is of the version before.");

  api.send("session", session("0"));
  await page.getByText("viewer", { exact: true }).waitFor();
  assert.equal(await told.count(), 0);
  api.send("session", session("7.0"));
  await told.waitFor();
  await page.getByRole("button", { name: "Reload" }).click();
  await told.waitFor({ state: "detached" });
  await page.getByText("Live", { exact: true }).waitFor();
  assert.deepEqual(faults, []);
  await close();
});

test("so are other files of the same version", { skip: noBrowser }, async () => {
  const { api, page, faults, close } = await openPlayed();
  const told = page.getByText("Slipway was upgraded", { exact: false });

  assert.equal(await told.count(), 0);
  api.tag = '"another"';
  api.send("session", session("0"));
  await told.waitFor();
  assert.deepEqual(faults, []);
  await close();
});
