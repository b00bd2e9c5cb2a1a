// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service() }));

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");

async function tabTo(page, text) {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press("Tab");
    if ((await focused(page)).includes(text)) return;
  }
  assert.fail(`Tab does not reach ${text}`);
}

test("pages, a target's dialog and its actions are reached by keys alone", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator");

  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "Overview");
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await tabTo(page, "Edge");
  await page.keyboard.press("Enter");
  await page.locator(".target.ok").nth(1).waitFor();
  assert.equal(await focused(page), "Edge");
  assert.equal(await page.title(), "Edge · Slipway");
  await tabTo(page, "shop-web-1");
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "shop-web-1" }).waitFor();
  await tabTo(page, "Disable");
  await page.keyboard.press("Enter");
  await page.locator(".target.off", { hasText: "unavailable" }).waitFor();
  await tabTo(page, "Enable");
  await page.keyboard.press("Enter");
  await page.locator(".target.ok").nth(1).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.match(await focused(page), /shop-web-1/);
  assert.deepEqual(faults, []);
  await close();
});
