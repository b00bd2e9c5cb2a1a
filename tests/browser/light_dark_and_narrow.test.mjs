// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import test from "node:test";
import { skip, useStack } from "./lib/stack.mjs";

const PAGES = [
  "overview",
  "edge",
  "deploys/shop",
  "logs/shop/web",
  "charts/service/shop/web",
  "audit",
];
const used = useStack(test, (stack) =>
  stack.up({
    web: stack.service(),
    "a-service-with-a-rather-long-name-that-goes-on": stack.service(),
  }),
);

const isShownIn = (page, theme) =>
  page.waitForFunction((wanted) => {
    const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number);
    return ((r + g + b) / 3 > 127 ? "light" : "dark") === wanted;
  }, theme);

test("colours follow the system, or the switch, which is kept", { skip }, async () => {
  const { stack } = used;
  const { page, faults, close } = await stack.open("viewer", "#/charts", { colorScheme: "dark" });

  await isShownIn(page, "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await isShownIn(page, "light");
  const button = page.getByRole("button", { name: /^Colours/ });
  await button.click();
  await page.getByRole("button", { name: "Colours: light. Change to dark" }).click();
  await isShownIn(page, "dark");
  await page.reload();
  await page.getByText("Live", { exact: true }).waitFor();
  await isShownIn(page, "dark");
  assert.deepEqual(faults, []);
  await close();
});

for (const width of [320, 390, 860]) {
  test(`at ${width} pixels no page is wider than the screen`, { skip }, async () => {
    const { stack } = used;
    const { page, faults, close } = await stack.open("operator", "", {
      viewport: { width, height: 700 },
    });
    for (const name of PAGES) {
      await page.goto(`${stack.url}#/${name}`);
      await page.locator("main :is(table, .picture, .deploys, .log, .plot)").first().waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name} is ${wide} pixels too wide`);
      const hidden = await page.evaluate(() =>
        [...document.querySelectorAll("main table")].filter(
          (table) => table.scrollWidth > table.parentElement.clientWidth,
        ).length,
      );
      assert.equal(hidden, 0, `${name} has a table that goes on beyond the edge`);
    }
    assert.deepEqual(faults, []);
    await close();
  });
}
