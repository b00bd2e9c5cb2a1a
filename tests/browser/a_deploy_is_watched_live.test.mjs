// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service("v1") }));

test("a deploy's steps are shown while it runs, and its end", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/deploys/shop");
  const deploy = page.getByRole("region", { name: /^Deploy \d+/ });

  await deploy.getByText("done", { exact: true }).waitFor();
  const ended = stack.up({ web: stack.service("v2", 2, { WAITS_FOR: "go" }) });
  await deploy.locator(".step.begun", { hasText: "await" }).waitFor();
  await deploy.locator(".step.done", { hasText: "start" }).nth(1).waitFor();
  await deploy.locator(".step.planned", { hasText: "switch" }).waitFor();
  assert.match(await deploy.locator("header").innerText(), /revision 1 → 2.*so far/);
  stack.touch("go");
  await ended;
  await deploy.getByText("done", { exact: true }).waitFor();
  await deploy.locator(".step.done", { hasText: "switch" }).waitFor();
  assert.equal(await deploy.locator(".step.begun").count(), 0);
  await page.locator(".revisions li", { hasText: "Revision 2" }).getByText("serving").waitFor();
  assert.deepEqual(faults, []);
  await close();
});
