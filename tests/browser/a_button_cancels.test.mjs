// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, until, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service("v1") }));

/** It never listens, and would be waited for for five minutes. */
function beginWhatNeverListens(stack) {
  stack.write({ web: { ...stack.service("v2"), command: ["sleep", "1000"] } });
  return stack.run("up", "--detach");
}

test("an operator cancels one that waits, and the one that it waits for", { skip }, async () => {
  const { stack } = used;
  const first = beginWhatNeverListens(stack);
  await until(
    async () => (await stack.ask("GET", "/v1/projects/shop/deploys")).deploys[0].state === "running",
    "the deploy",
  );
  const second = stack.run("scale", "web=1");
  const waiting = await until(
    async () =>
      (await stack.ask("GET", "/v1/projects/shop/deploys")).deploys.find(
        (one) => one.state === "waiting",
      ),
    "the one that waits",
  );
  const { page, faults, close } = await stack.open("operator", `#/deploys/shop/${waiting.deploy}`);

  for (const [number, text] of [
    [waiting.deploy, "will never begin"],
    [waiting.deploy - 1, "what served before serves on"],
  ]) {
    await page.goto(`${stack.url}#/deploys/shop/${number}`);
    const deploy = page.getByRole("region", { name: `Deploy ${number}` });
    const button = deploy.getByRole("button", { name: `Cancel deploy ${number}` });
    const dialog = page.getByRole("dialog", { name: `Cancel deploy ${number} of shop?` });
    if (number < waiting.deploy)
      await deploy.getByText(/nothing listens on 127\.0\.0\.1:\d+/).waitFor();
    await button.click();
    await dialog.getByText(text).waitFor();
    await dialog.getByRole("button", { name: "Let it go on" }).click();
    await dialog.waitFor({ state: "detached" });
    await button.click();
    await dialog.getByRole("button", { name: "Cancel the deploy" }).click();
    await deploy.getByText(/it was cancelled by anna/).first().waitFor();
    await deploy.getByText("failed", { exact: true }).first().waitFor();
    assert.equal(await button.count(), 0);
  }
  assert.deepEqual([(await first).status, (await second).status], [1, 1]);
  assert.equal(await stack.answer(), "v1");
  assert.deepEqual(faults, []);
  await close();
});

test("a viewer is told why not", { skip }, async () => {
  const { stack } = used;
  const first = beginWhatNeverListens(stack);
  const { page, faults, close } = await stack.open("viewer", "#/deploys/shop");
  const button = page.getByRole("button", { name: /^Cancel deploy \d+/ });

  await button.waitFor();
  assert.equal(
    await button.getAttribute("title"),
    "This needs the role operator; yours is viewer",
  );
  await stack.run("cancel");
  assert.equal((await first).status, 1);
  await button.waitFor({ state: "detached" });
  assert.deepEqual(faults, []);
  await close();
});
