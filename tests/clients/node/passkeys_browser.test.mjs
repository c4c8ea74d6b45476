// Passkeys in Chromium, whose virtual authenticator (WebDriver's WebAuthn extension, by the DevTools protocol) stands in
// for the hardware. The options and the credentials go through the browser's own JSON methods.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { authenticator, browser, place } from "./pages.mjs";
import { complete, list, signedIn, signInWith, start, withPasskeys } from "./passkeys.mjs";

let chromium, site;
before(async () => {
  site = await place();
  chromium = (await browser()).started;
});
after(async () => {
  await chromium?.close();
  site?.close();
});

/** A page of the application in a browser with a platform authenticator. */
async function onPage() {
  const page = await (await chromium.newContext()).newPage();
  await page.goto(site.callback);
  const { held } = await authenticator(page);
  return {
    create: (options) =>
      page.evaluate(async (json) => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json);
        return (await navigator.credentials.create({ publicKey })).toJSON();
      }, options),
    get: (options) =>
      page.evaluate(async (json) => {
        const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json);
        return (await navigator.credentials.get({ publicKey })).toJSON();
      }, options),
    held,
  };
}

test("a passkey made in Chromium is registered, listed and signs in", async () => {
  const app = await withPasskeys({ RelyingPartyId: "localhost" });
  const name = await app.user();
  const token = await signedIn(app, name);
  const page = await onPage();
  const credential = await page.create(await start(token));
  assert.equal(credential.authenticatorAttachment, "platform");
  await complete(token, credential);

  const [shown] = (await list(token)).Credentials;
  assert.equal(shown.CredentialId, credential.id);
  assert.equal(shown.AuthenticatorAttachment, "platform");
  assert.deepEqual(shown.AuthenticatorTransports, ["internal"]);
  const [held] = await page.held();
  assert.equal(held.rpId, "localhost");
  assert.equal(held.isResidentCredential, true);

  for (let time = 0; time < 2; time += 1) {
    const tokens = await signInWith(app, name, (options) => page.get(options));
    assert.equal(JSON.parse(Buffer.from(tokens.AccessToken.split(".")[1], "base64url")).username, name);
  }
  // The authenticator that has the passkey says so, and makes no second one.
  await assert.rejects(page.create(await start(token)), /InvalidStateError/);
});
