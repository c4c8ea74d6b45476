// Every page as people see it: axe finds nothing in two languages, light and dark, and nothing is wider than a telephone.
// With SCREENSHOTS=<folder> the pictures of docs/screenshots are taken on the way.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import { applications, everyPage } from "./every_page.mjs";
import { browser, place } from "./pages.mjs";

const folder = process.env.SCREENSHOTS;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let apps, chromium, site;

before(async () => {
  site = await place();
  apps = await applications(site.callback);
  chromium = (await browser()).started;
  if (folder) mkdirSync(folder, { recursive: true });
});
after(async () => {
  await chromium?.close();
  site?.close();
});

/** What axe finds on a page, one line each. */
async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}

/** Pages that are shown in the docs in the dark and from the right too, and those that are not shown at all. */
const OFTEN = ["login", "device-ask", "mfa-setup", "setup-choose", "setup-email", "link"];
const NEVER = ["signup-wrong", "choose", "login-late", "setup-phone-wrong", "setup-code", "reset-wrong", "password", "link-before"];

for (const locale of ["en", "ar"]) {
  test(`axe finds nothing on any page, light or dark: ${locale}`, async () => {
    const viewport = { width: 390, height: 700 };
    const context = await chromium.newContext({ locale, viewport, bypassCSP: true, reducedMotion: "reduce" });
    const page = await context.newPage();
    const names = new Set();
    await everyPage(page, apps, site.callback, async (name) => {
      names.add(name);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
      assert.equal(wide, false, `${name} fits`);
      assert.equal(await page.locator("html").getAttribute("dir"), locale === "ar" ? "rtl" : "ltr");
      const focused = await page.evaluate(() => document.activeElement?.tagName);
      if (await page.locator("input:not([type=hidden])").count()) assert.equal(focused, "INPUT", `${name} begins`);
      for (const colorScheme of ["dark", "light"]) {
        await page.emulateMedia({ colorScheme });
        assert.deepEqual(await findings(page), [], `${name}, ${locale}, ${colorScheme}`);
        const ending = { "en light": "", "ar light": "-ar", "en dark": "-dark" }[`${locale} ${colorScheme}`];
        const shown = OFTEN.includes(name) ? ending !== undefined : ending === "" && !NEVER.includes(name);
        if (folder && shown) await page.screenshot({ path: `${folder}/${name}${ending}.png`, scale: "css" });
      }
    });
    assert.ok(names.size >= 37, [...names].join());
    await context.close();
  });
}

for (const locale of ["en", "de"]) {
  test(`every page works without scripts: ${locale}`, async () => {
    const context = await chromium.newContext({ locale, javaScriptEnabled: false });
    const page = await context.newPage();
    let seen = 0;
    await everyPage(page, apps, site.callback, () => { seen += 1; }, false);
    assert.ok(seen >= 30);
    await context.close();
  });
}
