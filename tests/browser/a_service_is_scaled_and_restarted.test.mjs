// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { skip, until, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service("v1", 2) }));

const running = async (stack) =>
  (await stack.ask("GET", "/v1/instances")).instances.filter((one) => one.state === "running");

test("an operator scales with the keyboard, and sees the deploy", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/overview");

  await page.getByRole("button", { name: "Scale or restart shop/web" }).focus();
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "shop/web" });
  const replicas = dialog.getByLabel("Replicas");
  assert.equal(await replicas.inputValue(), "2");
  assert.ok(await dialog.getByRole("button", { name: "Scale", exact: true }).isDisabled());
  await replicas.fill("-1");
  assert.equal(await replicas.getAttribute("aria-invalid"), "true");
  await replicas.fill("3");
  await dialog.getByRole("button", { name: "Scale from 2 to 3" }).waitFor();
  await page.keyboard.press("Enter");
  const deploy = page.getByRole("region", { name: /^Deploy \d+/ });
  await deploy.getByText(/scale, revision 1 → 2 · by anna/).waitFor();
  await deploy.getByText("done", { exact: true }).waitFor();
  assert.equal((await running(stack)).length, 3);
  assert.deepEqual(faults, []);
  await close();
});

test("a restart says what it will do, and nothing happens without it", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/overview");
  const started = async () => (await running(stack)).map((one) => one.started).sort();
  const before = await started();

  await page.getByRole("button", { name: "Scale or restart shop/web" }).click();
  const dialog = page.getByRole("dialog", { name: "shop/web" });
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.deepEqual(await started(), before);
  await page.getByRole("button", { name: "Scale or restart shop/web" }).click();
  await dialog.getByText(/Stops its 3 instances and starts them again/).waitFor();
  await dialog.getByRole("button", { name: "Restart 3 instances" }).click();
  const deploy = page.getByRole("region", { name: /^Deploy \d+/ });
  await deploy.getByText(/restart, revision \d+ .*by anna/).waitFor();
  await deploy.getByText("done", { exact: true }).waitFor();
  const after = await started();
  assert.equal(after.length, 3);
  assert.ok(after.every((time) => time > before[before.length - 1]));
  assert.deepEqual(faults, []);
  await close();
});

test("a deploy under way is on the overview, with how far it is", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/overview");

  stack.write({ web: stack.service("v9", 2, { WAITS_FOR: "go" }) });
  const up = stack.run("up", "--detach");
  const card = page.locator(".card", { hasText: "shop" });
  await card.getByRole("link", { name: /^up to revision \d+ by / }).waitFor();
  await card.getByText(/^\d+ of \d+ steps?$/).waitFor();
  const bar = card.getByRole("progressbar", { name: "Steps of the deploy" });
  await until(async () => (await bar.getAttribute("value")) > 0, "a step that is over");
  // Whoever opens the page now sees the same.
  await page.reload();
  await card.getByText(/^[1-9]\d* of \d+ steps?$/).waitFor();
  writeFileSync(join(stack.folder, "go"), "");
  assert.equal((await up).status, 0);
  await card.getByText("No deploy under way").waitFor();
  assert.deepEqual(faults, []);
  await close();
});
