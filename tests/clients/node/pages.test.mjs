// Every page in headless Chromium, in two languages, with and without scripts. With SCREENSHOTS=<folder> it also takes
// the pictures of docs/screenshots.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { application, PASSWORD } from "./application.mjs";
import { unique } from "./endpoints.mjs";
import { browser, OAUTH } from "./pages.mjs";

const folder = process.env.SCREENSHOTS;
const endpoint = process.env.GATEHOUSE_ENDPOINT;
let app, chromium, callback;

/** The application: it shows what it was sent. */
const server = createServer((request, response) => response.end(`<title>App</title>${request.url.split("?")[0]}`));

before(async () => {
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  callback = `http://localhost:${server.address().port}/callback`;
  const schema = [{ Name: "given_name", AttributeDataType: "String", Required: true, Mutable: true }];
  const settings = { ...OAUTH, CallbackURLs: [callback], LogoutURLs: [callback.replace("callback", "bye")] };
  app = await application({ Schema: schema }, settings);
  chromium = (await browser()).started;
  if (folder) mkdirSync(folder, { recursive: true });
});

after(async () => {
  await chromium?.close();
  server.close();
});

function request(page, more = {}) {
  const parameters = { response_type: "code", client_id: app.clientId, redirect_uri: callback, state: "s", ...more };
  return `${endpoint}${page}?${new URLSearchParams(parameters)}`;
}

async function picture(page, name) {
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

/** The code of the newest message to an address. */
async function code(to) {
  for (let tries = 0; tries < 150; tries++) {
    const messages = await (await fetch(`${process.env.GATEHOUSE_MAILBOX_URL}/?to=${encodeURIComponent(to)}`)).json();
    const found = messages.find((message) => message.code);
    if (found) return found.code;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`no code was sent to ${to}`);
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

for (const [lang, words] of Object.entries(WORDS)) {
  for (const javaScriptEnabled of [true, false]) {
    const title = `${lang}, ${javaScriptEnabled ? "with" : "without"} scripts`;

    test(`${title}: sign-up, confirmation, sign-in, single sign-on, sign-out`, async () => {
      const viewport = { width: 420, height: 760 };
      const context = await chromium.newContext({ javaScriptEnabled, locale: lang, viewport });
      const page = await context.newPage();
      const problems = watch(page);
      const name = unique("ann");
      const email = `${name}@example.com`;
      const shot = (what) => (javaScriptEnabled ? picture(page, `${what}-${lang}`) : undefined);

      await page.goto(request("/oauth2/authorize", { scope: "openid email" }));
      assert.equal(await page.locator("h1").textContent(), words.signIn);
      assert.equal(await page.locator("html").getAttribute("lang"), lang);
      await shot("login");
      await page.fill("#username", name);
      await page.fill("#password", "Wrong-Pass-1");
      await page.keyboard.press("Enter");
      assert.equal(await page.locator("[role=alert]").textContent(), words.wrong);
      await shot("login-wrong");

      await page.click('a[href^="/signup"]');
      await page.fill("#username", name);
      await page.fill('[name="attribute.email"]', email);
      await page.fill('[name="attribute.given_name"]', "Ann");
      await shot("signup");
      await page.fill("#password", PASSWORD);
      await page.click("button:not(.second)");
      await shot("confirm");
      await page.fill("#code", await code(email));
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
      await shot("continue");
      await page.click('button[value="continue"]');
      await page.waitForURL(`${callback}*`);
      await page.goto(`${endpoint}/logout?client_id=${app.clientId}`);
      assert.equal(await page.locator("h1").textContent(), words.out);
      await shot("logout");
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
      const shot = (what) => (javaScriptEnabled ? picture(page, `${what}-${lang}`) : undefined);
      const invited = await app.user("Temporary-Pass-1", { permanent: false });
      await page.goto(request("/login"));
      await page.fill("#username", invited);
      await page.fill("#password", "Temporary-Pass-1");
      await page.click("button:not(.second)");
      await shot("new-password");
      await page.fill("#password", "short");
      await page.fill('[name="attribute.given_name"]', "Ann");
      await page.click("button:not(.second)");
      assert.ok(await page.locator("[role=alert]").textContent());
      await page.fill("#password", PASSWORD);
      await page.click("button:not(.second)");
      await page.waitForURL(`${callback}*`);

      await page.goto(request("/login", { prompt: "login" }));
      await page.click('a[href^="/forgotPassword"]');
      await shot("forgot");
      await page.fill("#username", "nobody-at-all");
      await page.click("button:not(.second)");
      await shot("reset");
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
    await picture(page, name);
    await context.close();
  }
});
