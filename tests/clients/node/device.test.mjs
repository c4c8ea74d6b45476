// openid-client as a device (RFC 8628), and its user in Chromium: two languages, with and without scripts.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import * as openid from "openid-client";

import { application, PASSWORD } from "./application.mjs";
import { browser, OAUTH } from "./pages.mjs";

const WORDS = {
  en: { enter: "Connect a device", wrong: "This code does not work.", may: "See your email address", done: "Your device is connected" },
  de: { enter: "Ein Gerät verbinden", wrong: "Dieser Code funktioniert nicht.", may: "Ihre E-Mail-Adresse sehen", done: "Ihr Gerät ist verbunden" },
};
let app, chromium, configuration, name;

before(async () => {
  const client = { ...OAUTH, GenerateSecret: true, ClientName: "Example TV" };
  app = await application({ UserPoolTags: { "gatehouse:oauth": "device-code" } }, client);
  name = await app.user();
  chromium = (await browser()).started;
  const insecure = { execute: [openid.allowInsecureRequests] };
  configuration = await openid.discovery(new URL(app.issuer), app.clientId, app.secret, undefined, insecure);
});
after(() => chromium?.close());

for (const [lang, javaScriptEnabled] of [["en", true], ["de", false]]) {
  const words = WORDS[lang];
  test(`a device gets its tokens: ${lang}, ${javaScriptEnabled ? "with" : "without"} scripts`, async () => {
    const device = await openid.initiateDeviceAuthorization(configuration, { scope: "openid email" });
    const context = await chromium.newContext({ javaScriptEnabled, locale: lang, viewport: { width: 420, height: 760 } });
    const page = await context.newPage();
    // The pages' cookies are for secure places, which localhost is to browsers.
    const place = new URL(device.verification_uri_complete);
    place.hostname = "localhost";
    place.searchParams.delete("user_code");

    await page.goto(place.href);
    assert.equal(await page.locator("h1").textContent(), words.enter);
    await page.fill("#user_code", "nonsense");
    await page.keyboard.press("Enter");
    assert.ok((await page.locator("[role=alert]").textContent()).startsWith(words.wrong));
    await page.fill("#user_code", device.user_code.toLowerCase().replace("-", " "));
    await page.keyboard.press("Enter");
    await page.fill("#username", name);
    await page.fill("#password", PASSWORD);
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".shown-code").textContent(), device.user_code);
    assert.ok((await page.locator("h1").textContent()).includes("Example TV"));
    assert.ok((await page.locator(".points").textContent()).includes(words.may));
    await page.click('button[value="allow"]');
    assert.equal(await page.locator("h1").textContent(), words.done);
    await context.close();

    const tokens = await openid.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 1 });
    assert.equal(tokens.claims()["cognito:username"], name);
    const info = await openid.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub);
    assert.equal(info.username, name);
    await assert.rejects(
      openid.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 1 }),
      { error: "invalid_grant" },
    );
  });
}

test("openid-client waits for a user who takes time, and hears of one who says no", async () => {
  const device = await openid.initiateDeviceAuthorization(configuration, {});
  const waiting = openid.pollDeviceAuthorizationGrant(configuration, { ...device, interval: 0.1 });
  const refused = assert.rejects(waiting, { error: "access_denied" });
  const context = await chromium.newContext({ locale: "en" });
  const page = await context.newPage();
  const place = new URL(device.verification_uri_complete);
  place.hostname = "localhost";
  await page.goto(place.href);
  assert.equal(await page.inputValue("#user_code"), device.user_code);
  await page.keyboard.press("Enter");
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.click('button[value="deny"]');
  await page.waitForSelector("[role=status]");
  await refused;
  await context.close();
});
