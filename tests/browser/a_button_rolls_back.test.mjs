// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, async (stack) => {
  await stack.up({ web: stack.service("v1") });
  await stack.up({ web: stack.service("v2") });
});

test("an operator goes back to the revision before, and it says who did", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/deploys/shop");

  assert.equal(await stack.answer(), "v2");
  await page.getByRole("button", { name: "Roll back to revision 1" }).click();
  const dialog = page.getByRole("dialog", { name: "Roll shop back to revision 1?" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Roll back to revision 1" }).click();
  await dialog.getByLabel("Note").fill("<img src=x> payments fail");
  await dialog.getByRole("button", { name: "Roll back" }).click();
  const deploy = page.getByRole("region", { name: /^Deploy \d+/ });
  await deploy.getByText(/rollback, revision 2 → 1 · by anna/).waitFor();
  await deploy.getByText("<img src=x> payments fail").waitFor();
  await deploy.getByText("done", { exact: true }).waitFor();
  assert.equal(await stack.answer(), "v1");
  await page.locator(".revisions li", { hasText: "Revision 1" }).getByText("serving").waitFor();
  assert.deepEqual(faults, []);
  await close();
});
