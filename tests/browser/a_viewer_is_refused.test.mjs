// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const used = useStack(test, (stack) => stack.up({ web: stack.service() }));
const reason = "This needs the role operator; yours is viewer";

test(
  "a viewer's buttons say why they do nothing, and the server refuses as well",
  { skip },
  async () => {
    const { stack } = used;
    const { page, faults, close } = await stack.open("viewer", "#/edge");

    await page.locator(".target.ok").nth(1).waitFor();
    await page.locator(".target button").first().click();
    const drain = page.getByRole("button", { name: "Drain" });
    assert.equal(await drain.getAttribute("aria-disabled"), "true");
    assert.equal(await drain.getAttribute("title"), reason);
    await drain.focus();
    await page.keyboard.press("Enter");
    await page.locator(".notice.error", { hasText: reason }).waitFor();
    const { targets } = await stack.ask("GET", "/v1/targets");
    const answer = await page.evaluate(async (id) => {
      const response = await fetch(`/v1/targets/shop%2Fweb/${id}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${sessionStorage.getItem("slipway-token")}` },
        body: JSON.stringify({ action: "disable" }),
      });
      return [response.status, (await response.json()).error.message];
    }, targets[0].id);
    assert.deepEqual(answer, [403, "this needs the role operator; the token's is viewer"]);
    assert.ok(
      (await stack.ask("GET", "/v1/targets")).targets.every((one) => one.state === "healthy"),
    );
    assert.deepEqual(faults, []);
    await close();
  },
);

test("an operator drains a target, gives it a weight, and enables it again", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("operator", "#/edge");

  await page.locator(".target.ok").nth(1).waitFor();
  await page.locator(".target button").first().click();
  await page.getByRole("button", { name: "Drain" }).click();
  await page.locator(".target.wait", { hasText: "draining" }).waitFor();
  await page.getByLabel("Weight").fill("7");
  await page.getByRole("button", { name: "Set weight" }).click();
  await page.locator(".target", { hasText: "weight 7" }).waitFor();
  await page.getByRole("button", { name: "Enable" }).click();
  await page.locator(".target.ok").nth(1).waitFor();
  assert.deepEqual(faults, []);
  await close();
});
