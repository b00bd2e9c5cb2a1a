// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service() }));

test("a target that fails its checks turns red, says why, and turns back", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/edge");
  const targets = page.getByRole("list", { name: "Targets" }).getByRole("listitem");
  const bad = page.locator(".target.bad");

  await page.locator(".target.ok").nth(1).waitFor();
  assert.equal(await targets.count(), 2);
  stack.setSick(true);
  await bad.nth(1).waitFor();
  assert.match(await bad.first().innerText(), /unhealthy: .*status/);
  await page.goto(`${stack.url}#/overview`);
  await page.getByRole("heading", { name: "What is wrong" }).waitFor();
  stack.setSick(false);
  await page.getByRole("heading", { name: "Nothing is wrong" }).waitFor();
  await page.goto(`${stack.url}#/edge`);
  await page.locator(".target.ok").nth(1).waitFor();
  assert.equal(await bad.count(), 0);
  assert.deepEqual(faults, []);
  await close();
});
