// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service("v1") }));

test("a deploy that failed shows its message and the last lines of the log", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/deploys/shop");
  const deploy = page.getByRole("region", { name: /^Deploy \d+/ });

  await deploy.getByText("done", { exact: true }).waitFor();
  const command = ["/bin/sh", "-c", "echo 'no <b>database</b> here'; exit 3"];
  stack.write({ web: { ...stack.service("v2"), command } });
  const { status } = await stack.run("up", "--detach");
  assert.equal(status, 1);
  await deploy.getByText("failed", { exact: true }).first().waitFor();
  await deploy.locator("pre", { hasText: "no <b>database</b> here" }).waitFor();
  assert.equal(await deploy.locator("pre b").count(), 0);
  assert.ok(await deploy.locator(".step.failed").count());
  await page.locator(".revisions li", { hasText: "Revision 1" }).getByText("serving").waitFor();
  assert.deepEqual(faults, []);
  await close();
});
