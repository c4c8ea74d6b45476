// A walk through every sign-in page, whatever the language; `seen` is called on each with its name. Scripts may be off:
// pages that need one are then only looked at.

import assert from "node:assert/strict";
import {
  AdminSetUserMFAPreferenceCommand,
  AdminUpdateUserAttributesCommand,
  CreateTermsCommand,
  SetUserPoolMfaConfigCommand,
  SignUpCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { appCode, application, cognito, PASSWORD } from "./application.mjs";
import { codeFor, endpoint, mailbox, unique } from "./endpoints.mjs";
import { authenticator, OAUTH } from "./pages.mjs";

/** Three applications: with passwords, with a second factor that everybody needs, and with every way to sign in. */
export async function applications(callback, settings = {}) {
  const client = { ...OAUTH, CallbackURLs: [callback], ...settings };
  const name = (what) => ({ Name: what, AttributeDataType: "String", Required: true, Mutable: true });
  const devices = { "gatehouse:oauth": "device-code" };
  const plain = await application(
    { Schema: [name("given_name")], UserPoolTags: devices },
    { ...client, ClientName: "Example TV" },
  );
  for (const TermsName of ["terms-of-use", "privacy-policy"]) {
    const Links = { "cognito:default": `https://example.com/${TermsName}` };
    const of = { UserPoolId: plain.poolId, ClientId: plain.clientId, TermsName };
    await cognito.send(new CreateTermsCommand({ ...of, TermsSource: "LINK", Enforcement: "NONE", Links }));
  }
  const guarded = await application({ PoolName: "Example Store" }, client);
  const mfa = {
    UserPoolId: guarded.poolId,
    SoftwareTokenMfaConfiguration: { Enabled: true },
    EmailMfaConfiguration: {},
    SmsMfaConfiguration: { SmsConfiguration: { SnsCallerArn: "arn:aws:iam::123456789012:role/sms" } },
  };
  await cognito.send(new SetUserPoolMfaConfigCommand({ ...mfa, MfaConfiguration: "ON" }));
  const ways = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"];
  const pool = {
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ways } },
    VerificationMessageTemplate: { DefaultEmailOption: "CONFIRM_WITH_LINK" },
  };
  const open = await application(pool, client);
  const passkeys = { RelyingPartyId: "localhost", UserVerification: "preferred" };
  await cognito.send(
    new SetUserPoolMfaConfigCommand({ UserPoolId: open.poolId, WebAuthnConfiguration: passkeys }),
  );
  return { plain, guarded, open };
}

/** The address of a page, with an application's request. */
export function address(app, callback, page, more = {}) {
  const parameters = { response_type: "code", client_id: app.clientId, redirect_uri: callback, state: "s", ...more };
  return `${endpoint.replace("127.0.0.1", "localhost")}${page}?${new URLSearchParams(parameters)}`;
}

/** The same page at the host that browsers treat as secure. */
const site = (url) => `${endpoint.replace("127.0.0.1", "localhost")}${url.pathname}${url.search}`;

/** What a device gets to show (RFC 8628). */
export async function deviceAuthorization(app) {
  const body = new URLSearchParams({ client_id: app.clientId, scope: "openid email profile" });
  return (await fetch(`${endpoint}/oauth2/device_authorization`, { method: "POST", body })).json();
}

const usual = "form:not([data-passkey]) button:not(.second):not([value=continue])";

/** The link of the newest mail to an address. */
async function linkFor(email) {
  const messages = await (await fetch(`${mailbox}/?to=${encodeURIComponent(email)}`)).json();
  const [, link] = messages[0].body.match(/href="([^"]+)"/);
  return `${endpoint.replace("127.0.0.1", "localhost")}/confirmUser${new URL(link.replaceAll("&amp;", "&")).search}`;
}

/** Goes through all pages. */
export async function everyPage(page, { plain, guarded, open }, callback, seen, scripts = true) {
  const at = (app, path, more) => page.goto(address(app, callback, path, more));
  const name = unique("ann");
  const email = `${name}@example.com`;
  const back = () => page.waitForURL(`${callback}*`);

  // What leads nowhere, and what was left open for too long.
  await page.goto(address({ clientId: "nobody" }, callback, "/login"));
  await seen("refusal");
  await at(plain, "/login");
  await page.context().clearCookies();
  await page.fill("#username", "ann");
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await seen("login-late");

  // An account of one's own.
  await at(plain, "/oauth2/authorize", { scope: "openid email" });
  await seen("login");
  await page.fill("#username", name);
  await page.fill("#password", "Wrong-Pass-1");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[role=alert]");
  await seen("login-wrong");
  await page.click('a[href^="/signup"]');
  await page.fill("#username", name);
  await page.fill('[name="attribute.email"]', email);
  await page.fill('[name="attribute.given_name"]', "Ann");
  await seen("signup");
  await page.fill("#password", "nothing");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await seen("signup-wrong");
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await seen("confirm");
  await page.fill("#code", await codeFor(email));
  await page.click(usual);
  await page.waitForSelector("[role=status]");
  await seen("confirmed");
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await back();
  await at(plain, "/oauth2/authorize", { prompt: "select_account" });
  await seen("continue");
  await page.goto(`${endpoint.replace("127.0.0.1", "localhost")}/logout?client_id=${plain.clientId}`);
  await seen("logout");

  // A device that shows a code.
  const television = await deviceAuthorization(plain);
  await page.goto(site(new URL(television.verification_uri_complete)));
  await seen("device");
  await page.fill("#user_code", "BCDF");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await page.fill("#user_code", television.user_code.toLowerCase());
  await page.click(usual);
  await page.waitForSelector("#password");
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await page.waitForSelector(".shown-code");
  assert.equal(await page.locator(".shown-code").textContent(), television.user_code);
  await seen("device-ask");
  await page.click('button[value="allow"]');
  await page.waitForSelector("[role=status]");
  await seen("device-done");
  await page.context().clearCookies();

  // A password that was forgotten, and one that was temporary.
  await at(plain, "/forgotPassword");
  await seen("forgot");
  await page.fill("#username", name);
  await page.click(usual);
  await page.waitForSelector("#code");
  await seen("reset");
  await page.fill("#code", "000000");
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await seen("reset-wrong");
  await page.fill("#code", await codeFor(email));
  await page.fill("#password", "Another-Horse-8");
  await page.click(usual);
  await page.waitForSelector("[role=status]");
  await seen("reset-done");
  await at(plain, "/login");
  await page.fill("#username", await plain.user("Temporary-Pass-1", { permanent: false }));
  await page.fill("#password", "Temporary-Pass-1");
  await page.click(usual);
  await page.waitForSelector('[name="attribute.given_name"]');
  await seen("new-password");

  // A second factor is set up, and then asked for: an address first, then an app.
  const enter = async (user) => {
    await at(guarded, "/login", { prompt: "login" });
    await page.fill("#username", user);
    await page.fill("#password", PASSWORD);
    await page.click(usual);
  };
  await enter(await guarded.user());
  await page.click('button[value="SMS_MFA"]');
  await page.fill('[name="attribute.phone_number"]', "0151 234567");
  await seen("setup-phone");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await seen("setup-phone-wrong");
  await page.click('button[value="choose"]');
  await page.click('button[value="EMAIL_OTP"]');
  await page.waitForSelector('[name="attribute.email"]');
  await seen("setup-email");
  const own = `${unique("bea")}@example.com`;
  await page.fill('[name="attribute.email"]', own);
  await page.click(usual);
  await page.waitForSelector("#code");
  await seen("setup-code");
  await page.fill("#code", "000000");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  await page.fill("#code", await codeFor(own));
  await page.click(usual);
  await back();

  const guest = await guarded.user();
  await enter(guest);
  await page.waitForSelector('button[value="SOFTWARE_TOKEN_MFA"]');
  await seen("setup-choose");
  await page.click('button[value="SOFTWARE_TOKEN_MFA"]');
  await page.waitForSelector("img.code");
  const key = await page.locator("code").textContent();
  await seen("mfa-setup");
  await page.fill("#code", appCode(key) === "000000" ? "000001" : "000000");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  assert.equal(await page.locator("code").textContent(), key, "the app has this key already");
  await page.fill("#code", appCode(key));
  await page.click(usual);
  await back();
  const of = { UserPoolId: guarded.poolId, Username: guest };
  const UserAttributes = [{ Name: "email", Value: `${guest}@example.com` }, { Name: "email_verified", Value: "true" }];
  await cognito.send(new AdminUpdateUserAttributesCommand({ ...of, UserAttributes }));
  const Enabled = true;
  const both = { SoftwareTokenMfaSettings: { Enabled }, EmailMfaSettings: { Enabled } };
  await cognito.send(new AdminSetUserMFAPreferenceCommand({ ...of, ...both }));
  await enter(guest);
  await page.waitForSelector('button[value="SOFTWARE_TOKEN_MFA"]');
  await seen("mfa-choose");
  await page.click('button[value="SOFTWARE_TOKEN_MFA"]');
  await page.waitForSelector("#code");
  await seen("mfa-code");
  await page.fill("#code", appCode(key, 1));
  await page.click(usual);
  await back();

  // A choice of ways: the name first.
  const chooser = unique("bob");
  const mail = `${chooser}@example.com`;
  await open.user(PASSWORD, { username: chooser, email: mail });
  await at(open, "/login", { acr_values: "urn:cognito:loa:3" });
  await seen("name-first");
  await page.fill("#username", chooser);
  await page.click(usual);
  await page.waitForSelector("#password");
  await seen("choose");
  await page.fill("#password", "Wrong-Pass-1");
  await page.click(usual);
  await page.waitForSelector("[role=alert]");
  assert.ok(await page.locator('button[value="EMAIL_OTP"]').isVisible(), "the other ways are still there");
  await page.click('button[value="EMAIL_OTP"]');
  await page.waitForSelector("#code");
  await seen("code");
  await page.fill("#code", await codeFor(mail));
  await page.click(usual);
  // The level that was asked for wants the password too.
  await page.waitForSelector("#password");
  await seen("password");
  await page.fill("#password", PASSWORD);
  await page.click(usual);
  await back();

  // The link of a mail, opened twice, and a part of it.
  const newcomer = unique("cy");
  const inbox = { Name: "email", Value: `${newcomer}@example.com` };
  const account = { ClientId: open.clientId, Username: newcomer, Password: PASSWORD, UserAttributes: [inbox] };
  await cognito.send(new SignUpCommand(account));
  const link = await linkFor(inbox.Value);
  for (const [what, url] of [["link", link], ["link-before", link], ["link-broken", link.slice(0, -3)]]) {
    await page.goto(url);
    await seen(what);
  }

  // A passkey: added, then used, by the button and by the browser's own list.
  const device = scripts ? await authenticator(page) : undefined;
  await at(open, "/passkeys/add");
  await page.waitForSelector("h1");
  await seen("passkey-add");
  if (!scripts) {
    assert.ok(await page.locator("noscript, .notice.problem").count());
    return;
  }
  await page.click("form[data-passkey] button");
  await page.waitForSelector("[role=status].done");
  await seen("passkey-added");
  assert.equal((await device.held()).length, 1);
  await device.touched(false);
  await page.context().clearCookies();
  await at(open, "/login");
  await page.fill("#username", chooser);
  await page.click(usual);
  await page.waitForSelector('button[value="WEB_AUTHN"]');
  await seen("choose-passkey");
  await page.click('button[value="WEB_AUTHN"]');
  await page.waitForSelector("form[data-passkey=get] button");
  await seen("passkey");
  await device.touched(true);
  await page.click("form[data-passkey=get] button");
  await back();
  // The browser's own list, where the name would be filled in: nobody types anything.
  await page.context().clearCookies();
  await at(open, "/login");
  await back();
}
