// Every page in headless Chromium, in two languages, with and without scripts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { application, PASSWORD } from "./application.mjs";
import { codeFor, unique } from "./endpoints.mjs";
import { browser, OAUTH, place } from "./pages.mjs";

const endpoint = process.env.GATEHOUSE_ENDPOINT;
let app, chromium, callback, site;

before(async () => {
  site = await place();
  callback = site.callback;
  const schema = [{ Name: "given_name", AttributeDataType: "String", Required: true, Mutable: true }];
  const settings = { ...OAUTH, CallbackURLs: [callback], LogoutURLs: [callback.replace("callback", "bye")] };
  app = await application({ Schema: schema }, settings);
  chromium = (await browser()).started;
});

after(async () => {
  await chromium?.close();
  site?.close();
});

function request(page, more = {}) {
  const parameters = { response_type: "code", client_id: app.clientId, redirect_uri: callback, state: "s", ...more };
  return `${endpoint}${page}?${new URLSearchParams(parameters)}`;
}

/** Nothing on the page was stopped by its own policy, and nothing failed. */
function watch(page) {
  const problems = [];
  page.on("console", (message) => {
    // The browser asks for an icon by itself; the pages have none.
    const icon = message.location().url.endsWith("/favicon.ico");
    if (message.type() === "error" && !icon) problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(String(error)));
  return problems;
}

const WORDS = {
  en: { signIn: "Sign in", wrong: "The name or the password is not right.", out: "You are signed out" },
  de: { signIn: "Anmelden", wrong: "Der Name oder das Passwort stimmt nicht.", out: "Sie sind abgemeldet" },
};

// `looks.test.mjs` goes through every page; these two ways are looked at closely.
for (const [lang, words] of Object.entries(WORDS)) {
  for (const javaScriptEnabled of [lang === "en"]) {
    const title = `${lang}, ${javaScriptEnabled ? "with" : "without"} scripts`;

    test(`${title}: sign-up, confirmation, sign-in, single sign-on, sign-out`, async () => {
      const viewport = { width: 420, height: 760 };
      const context = await chromium.newContext({ javaScriptEnabled, locale: lang, viewport });
      const page = await context.newPage();
      const problems = watch(page);
      const name = unique("ann");
      const email = `${name}@example.com`;

      await page.goto(request("/oauth2/authorize", { scope: "openid email" }));
      assert.equal(await page.locator("h1").textContent(), words.signIn);
      assert.equal(await page.locator("html").getAttribute("lang"), lang);
      await page.fill("#username", name);
      await page.fill("#password", "Wrong-Pass-1");
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("[role=alert]").textContent(), words.wrong);

      await page.click('a[href^="/signup"]');
      await page.fill("#username", name);
      await page.fill('[name="attribute.email"]', email);
      await page.fill('[name="attribute.given_name"]', "Ann");
      await page.fill("#password", PASSWORD);
      await page.click("button:not(.second)");
      await page.fill("#code", await codeFor(email));
      await page.click("button:not(.second)");
      assert.ok(await page.locator("[role=status]").textContent());
      assert.equal(await page.inputValue("#username"), name);
      await page.fill("#password", PASSWORD);
      await page.click("button:not(.second)");
      await page.waitForURL(`${callback}*`);
      const answer = new URL(page.url()).searchParams;
      assert.ok(answer.get("code") && answer.get("state") === "s");

      // The browser is signed in.
      await page.goto(request("/oauth2/authorize", { prompt: "none" }));
      assert.ok(new URL(page.url()).searchParams.get("code"));
      await page.goto(request("/oauth2/authorize", { prompt: "select_account" }));
      await page.click('button[value="continue"]');
      await page.waitForURL(`${callback}*`);
      await page.goto(`${endpoint}/logout?client_id=${app.clientId}`);
      assert.equal(await page.locator("h1").textContent(), words.out);
      await page.goto(request("/oauth2/authorize", { prompt: "none" }));
      assert.equal(new URL(page.url()).searchParams.get("error"), "login_required");
      // The answer to a wrong password is one that browsers note.
      assert.deepEqual(problems.filter((problem) => !problem.includes("status of 400")), []);
      await context.close();
    });

    test(`${title}: a forgotten password and a temporary one`, async () => {
      const viewport = { width: 420, height: 760 };
      const context = await chromium.newContext({ javaScriptEnabled, locale: lang, viewport });
      const page = await context.newPage();
      const invited = await app.user("Temporary-Pass-1", { permanent: false });
      await page.goto(request("/login"));
      await page.fill("#username", invited);
      await page.fill("#password", "Temporary-Pass-1");
      await page.click("button:not(.second)");
      await page.fill("#password", "short");
      await page.fill('[name="attribute.given_name"]', "Ann");
      await page.click("button:not(.second)");
      assert.ok(await page.locator("[role=alert]").textContent());
      await page.fill("#password", PASSWORD);
      await page.click("button:not(.second)");
      await page.waitForURL(`${callback}*`);

      await page.goto(request("/login", { prompt: "login" }));
      await page.click('a[href^="/forgotPassword"]');
      await page.fill("#username", "nobody-at-all");
      await page.click("button:not(.second)");
      await page.fill("#code", "123456");
      await page.fill("#password", "Another-Pass-9");
      await page.click("button:not(.second)");
      assert.ok(await page.locator("[role=alert]").textContent());
      await context.close();
    });
  }
}

test("pages fit a telephone, a dark room, and a script from the right", async () => {
  for (const [name, options] of Object.entries({
    "login-dark": { locale: "en", colorScheme: "dark", viewport: { width: 900, height: 620 } },
    "login-phone": { locale: "fr", viewport: { width: 320, height: 600 } },
    "login-ar": { locale: "ar", viewport: { width: 420, height: 620 } },
    "login-ja": { locale: "ja", viewport: { width: 420, height: 620 } },
  })) {
    const context = await chromium.newContext(options);
    const page = await context.newPage();
    await page.goto(request("/login", { login_hint: "ann" }));
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    assert.equal(wide, false, name);
    assert.equal(await page.locator("html").getAttribute("dir"), name === "login-ar" ? "rtl" : "ltr");
    await context.close();
  }
});
