// Passkeys with a software authenticator that speaks the browsers' JSON (`toJSON`, `parse…FromJSON`).

import {
  AdminDeleteUserCommand,
  AdminUpdateUserAttributesCommand,
  AdminUserGlobalSignOutCommand,
  GetUserAuthFactorsCommand,
  SetUserMFAPreferenceCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import emulator from "nid-webauthn-emulator";
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { application, cognito, PASSWORD } from "./application.mjs";
import { unique } from "./endpoints.mjs";
import {
  answer,
  asked,
  complete,
  configure,
  initiate,
  list,
  PAGE,
  remove,
  respond,
  signedIn,
  signInWith,
  SITE,
  start,
  withPasskeys,
} from "./passkeys.mjs";

/** A new authenticator in a browser. */
const authenticator = (settings = {}) => {
  const credentialsRepository = new emulator.PasskeysCredentialsMemoryRepository();
  return new emulator.default(new emulator.AuthenticatorEmulator({ credentialsRepository, ...settings }));
};

/** Settings of an authenticator that takes a touch for its user. */
const touched = (user) => ({ user, options: { uv: false, up: true } });
const CARELESS = {
  verifications: { userPresent: true, userVerified: false },
  userMakeCredentialInteraction: touched,
  userGetAssertionInteraction: touched,
};

/** Another authenticator with all that this one holds. */
function copied(browser, settings = {}) {
  const copy = authenticator(settings);
  for (const credential of browser.authenticator.params.credentialsRepository.loadCredentials()) {
    copy.authenticator.params.credentialsRepository.saveCredential(credential);
  }
  return copy;
}

/** A user with a passkey of a browser. */
async function owner(app, settings = {}, browser = authenticator(settings)) {
  const name = await app.user();
  const token = await signedIn(app, name);
  const credential = browser.createJSON(PAGE, await start(token));
  await complete(token, credential);
  return { name, token, browser, credential };
}

const refused = (name) => (error) => error.name === name || assert.fail(`${error.name}: ${error.message}`);

let app;
before(async () => {
  app = await withPasskeys();
});

test("StartWebAuthnRegistration asks for a resident key of the pool's relying party", async () => {
  const name = await app.user();
  const token = await signedIn(app, name);
  const options = await start(token);
  assert.equal(options.rp.id, SITE);
  assert.equal(options.user.name, name);
  assert.notEqual(Buffer.from(options.user.id, "base64url").toString(), name);
  assert.deepEqual(options.authenticatorSelection, {
    requireResidentKey: true, residentKey: "required", userVerification: "required",
  });
  assert.deepEqual(options.pubKeyCredParams.map((parameter) => parameter.alg), [-7, -257]);
  assert.equal(Buffer.from(options.challenge, "base64url").length, 32);
  assert.notEqual((await start(token)).challenge, options.challenge);
});

test("CompleteWebAuthnRegistration keeps a passkey, once for each challenge", async () => {
  const { token, browser, credential } = await owner(app);
  await assert.rejects(complete(token, credential), refused("WebAuthnChallengeNotFoundException"));
  const known = await start(token);
  assert.deepEqual(known.excludeCredentials.map((passkey) => passkey.id), [credential.id]);
  assert.throws(() => browser.createJSON(PAGE, known));
  // Only the latest challenge counts.
  await start(token);
  const late = authenticator().createJSON(PAGE, known);
  await assert.rejects(complete(token, late), refused("WebAuthnChallengeNotFoundException"));
  assert.equal((await list(token)).Credentials.length, 1);
});

test("ListWebAuthnCredentials shows what the user has, page by page", async () => {
  const { token, credential } = await owner(app, { transports: ["usb"] });
  const [shown] = (await list(token)).Credentials;
  assert.equal(shown.CredentialId, credential.id);
  assert.equal(shown.RelyingPartyId, SITE);
  assert.deepEqual(shown.AuthenticatorTransports, ["usb"]);
  assert.equal(shown.FriendlyCredentialName, "Security key");
  assert.ok(Math.abs(Date.now() - shown.CreatedAt) < 600_000);
  await complete(token, authenticator().createJSON(PAGE, await start(token)));
  const page = await list(token, { MaxResults: 1 });
  const rest = await list(token, { MaxResults: 1, NextToken: page.NextToken });
  assert.equal(new Set([...page.Credentials, ...rest.Credentials].map((it) => it.CredentialId)).size, 2);
  assert.equal(rest.NextToken, undefined);
});

test("DeleteWebAuthnCredential deletes the user's own passkey and nobody else's", async () => {
  const { token, credential } = await owner(app);
  const stranger = await owner(app);
  await assert.rejects(remove(stranger.token, credential.id), refused("ResourceNotFoundException"));
  await assert.rejects(remove(token, "no base64url!"), refused("ResourceNotFoundException"));
  await remove(token, credential.id);
  assert.deepEqual((await list(token)).Credentials, []);
  await assert.rejects(remove(token, credential.id), refused("ResourceNotFoundException"));
  assert.equal((await list(stranger.token)).Credentials.length, 1);
});

test("a passkey of another site, relying party, challenge or without verification is refused", async () => {
  const token = await signedIn(app, await app.user());
  const options = await start(token);
  const elsewhere = authenticator().createJSON("https://evil.test", options, ["https://evil.test"]);
  await assert.rejects(complete(token, elsewhere), refused("WebAuthnOriginNotAllowedException"));
  const other = authenticator().createJSON(PAGE, { ...options, rp: { id: "login.example.com", name: "x" } });
  await assert.rejects(complete(token, other), refused("WebAuthnRelyingPartyMismatchException"));
  const careless = authenticator(CARELESS);
  const lax = { ...options, authenticatorSelection: { ...options.authenticatorSelection, userVerification: "discouraged" } };
  await assert.rejects(
    complete(token, careless.createJSON(PAGE, lax)),
    refused("WebAuthnCredentialNotSupportedException"),
  );
  const forged = authenticator().createJSON(PAGE, { ...options, challenge: "A".repeat(43) });
  await assert.rejects(complete(token, forged), refused("WebAuthnChallengeNotFoundException"));
  for (const nonsense of [{}, { id: "x" }, { ...forged, response: {} }]) {
    await assert.rejects(complete(token, nonsense), refused("InvalidParameterException"));
  }
  // None of this has used the challenge up.
  await complete(token, authenticator().createJSON(PAGE, options));
});

test("a registration is its user's and its client's", async () => {
  const [ann, bob] = [await app.user(), await app.user()];
  const [hers, his] = [await signedIn(app, ann), await signedIn(app, bob)];
  const options = await start(hers);
  const credential = authenticator().createJSON(PAGE, options);
  await assert.rejects(complete(his, credential), refused("WebAuthnChallengeNotFoundException"));
  await start(his);
  await assert.rejects(complete(his, credential), refused("WebAuthnChallengeNotFoundException"));

  const otherPool = await withPasskeys();
  const abroad = await signedIn(otherPool, await otherPool.user());
  await assert.rejects(complete(abroad, credential), refused("WebAuthnChallengeNotFoundException"));
  await complete(hers, credential);
});

test("a user has at most twenty passkeys", async () => {
  const name = await app.user();
  const token = await signedIn(app, name);
  for (let number = 0; number < 20; number += 1) {
    await complete(token, authenticator().createJSON(PAGE, await start(token)));
  }
  await assert.rejects(start(token), refused("LimitExceededException"));
  const { Credentials: all } = await list(token);
  assert.equal(all.length, 20);
  await remove(token, all[3].CredentialId);
  await start(token);
});

test("without configuration there are no passkeys", async () => {
  const plain = await application();
  const token = await signedIn(plain, await plain.user());
  await assert.rejects(start(token), refused("WebAuthnNotEnabledException"));
  const policies = { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } };
  const unnamed = await application({ Policies: policies });
  const nameless = await signedIn(unnamed, await unnamed.user());
  await assert.rejects(start(nameless), refused("WebAuthnConfigurationMissingException"));
});

test("passkeys need a token that is still good, and go with their user", async () => {
  const username = unique("heir");
  await app.user(PASSWORD, { username });
  const token = await signedIn(app, username);
  await complete(token, authenticator().createJSON(PAGE, await start(token)));
  await cognito.send(new AdminUserGlobalSignOutCommand({ UserPoolId: app.poolId, Username: username }));
  await assert.rejects(start(token), refused("NotAuthorizedException"));
  await assert.rejects(list(token), refused("NotAuthorizedException"));
  await cognito.send(new AdminDeleteUserCommand({ UserPoolId: app.poolId, Username: username }));
  await app.user(PASSWORD, { username });
  assert.deepEqual((await list(await signedIn(app, username))).Credentials, []);
});

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
const NO = refused("NotAuthorizedException");

test("WEB_AUTHN is offered to who has a passkey, chosen or preferred, and signs in", async () => {
  const { name, token, browser, credential } = await owner(app);
  const chosen = await initiate(app, "USER_AUTH", { USERNAME: name });
  assert.equal(chosen.ChallengeName, "SELECT_CHALLENGE");
  assert.deepEqual([...chosen.AvailableChallenges].sort(), ["PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"]);
  const next = await respond(app, "SELECT_CHALLENGE", chosen.Session, { USERNAME: name, ANSWER: "WEB_AUTHN" });
  assert.equal(next.ChallengeName, "WEB_AUTHN");
  const options = JSON.parse(next.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS);
  assert.equal(options.rpId, SITE);
  assert.equal(options.userVerification, "required");
  assert.deepEqual(options.allowCredentials.map((passkey) => passkey.id), [credential.id]);
  const done = await answer(app, name, next.Session, browser.getJSON(PAGE, options));
  assert.equal(claims(done.AuthenticationResult.AccessToken).username, name);
  assert.equal(claims(done.AuthenticationResult.IdToken)["cognito:username"], name);

  const tokens = await signInWith(app, name, (options) => browser.getJSON(PAGE, options));
  assert.equal(claims(tokens.AccessToken).sub, claims(token).sub);

  await remove(tokens.AccessToken, credential.id);
  const without = await initiate(app, "USER_AUTH", { USERNAME: name, PREFERRED_CHALLENGE: "WEB_AUTHN" });
  assert.equal(without.ChallengeName, "SELECT_CHALLENGE");
  assert.deepEqual([...without.AvailableChallenges].sort(), ["PASSWORD", "PASSWORD_SRP"]);
});

test("to be offered a passkey tells nobody that a name is a user's", async () => {
  const prevented = await withPasskeys({}, { PreventUserExistenceErrors: "ENABLED" });
  const ann = await owner(prevented);
  const nobodies = Array.from({ length: 24 }, () => unique("nobody"));
  const choices = await Promise.all(nobodies.map((name) => initiate(prevented, "USER_AUTH", { USERNAME: name })));
  const offered = (choice) => choice.AvailableChallenges.includes("WEB_AUTHN");
  // Of so many some are and some are not, and each always the same.
  assert.equal(new Set(choices.map(offered)).size, 2);
  const nobody = nobodies[choices.findIndex(offered)];
  const theirs = await asked(prevented, nobody);
  const hers = await asked(prevented, ann.name);
  assert.equal(theirs.session.length, hers.session.length);
  assert.deepEqual(Object.keys(theirs.options), Object.keys(hers.options));
  const [passkey] = theirs.options.allowCredentials;
  assert.deepEqual((await asked(prevented, nobody)).options.allowCredentials, [passkey]);
  // What is answered wrongly is refused with the same words.
  const words = async (name, { session, options }) => {
    const [{ id }] = options.allowCredentials;
    const stranger = authenticator();
    stranger.createJSON(PAGE, await start(ann.token));
    const assertion = stranger.getJSON(PAGE, { ...options, allowCredentials: [] });
    const garbled = { ...assertion.response, authenticatorData: "AAAA" };
    const said = [];
    for (const [who, credential] of [
      [name, assertion],
      [name, { ...assertion, id, rawId: id }],
      [name, { ...assertion, id, rawId: id, response: garbled }],
      [name, {}],
      ["somebody-else", assertion],
    ]) {
      await answer(prevented, who, session, credential).then(assert.fail, (error) => said.push(`${error.name}: ${error.message}`));
    }
    return said;
  };
  assert.deepEqual(await words(nobody, theirs), await words(ann.name, hers));
});

test("an assertion signs in once, in its own session, for its own user, on its own site", async () => {
  const ann = await owner(app);
  const bob = await owner(app);
  const { session, options } = await asked(app, ann.name);
  const other = await asked(app, ann.name);
  const assertion = ann.browser.getJSON(PAGE, options);

  await assert.rejects(answer(app, ann.name, other.session, assertion), NO);
  await assert.rejects(answer(app, bob.name, session, assertion), NO);
  const his = bob.browser.getJSON(PAGE, (await asked(app, bob.name)).options);
  await assert.rejects(answer(app, ann.name, session, his), NO);
  // His authenticator, for her challenge.
  const crossed = bob.browser.getJSON(PAGE, { ...options, allowCredentials: [] });
  await assert.rejects(answer(app, ann.name, session, crossed), NO);
  await assert.rejects(answer(app, ann.name, session, { ...crossed, id: assertion.id, rawId: assertion.rawId }), NO);
  const elsewhere = ann.browser.getJSON("https://evil.test", options, ["https://evil.test"]);
  await assert.rejects(answer(app, ann.name, session, elsewhere), NO);
  const stolen = { ...assertion, response: { ...assertion.response, userHandle: his.response.userHandle } };
  await assert.rejects(answer(app, ann.name, session, stolen), NO);
  for (const nonsense of ["", "{}", "no JSON", JSON.stringify({ ...assertion, response: {} })]) {
    const responses = { USERNAME: ann.name, CREDENTIAL: nonsense };
    await assert.rejects(respond(app, "WEB_AUTHN", session, responses), refused("InvalidParameterException"));
  }
  // The session of this challenge is good for no other.
  await assert.rejects(respond(app, "PASSWORD", session, { USERNAME: ann.name, PASSWORD }), NO);
  const fresh = ann.browser.getJSON(PAGE, options);
  const results = await Promise.allSettled([1, 2, 3].map(() => answer(app, ann.name, session, fresh)));
  assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
  await assert.rejects(answer(app, ann.name, session, fresh), NO);
});

test("sessions of another pool or client are refused", async () => {
  const ann = await owner(app);
  const other = await withPasskeys();
  const { session, options } = await asked(app, ann.name);
  await other.user(PASSWORD, { username: ann.name });
  await assert.rejects(answer(other, ann.name, session, ann.browser.getJSON(PAGE, options)), NO);
});

test("a copied authenticator is noticed", async () => {
  const { name, browser } = await owner(app);
  const use = (of) => signInWith(app, name, (options) => of.getJSON(PAGE, options));
  await use(browser);
  const copy = copied(browser);
  await use(browser);
  await assert.rejects(use(copy), NO);
  await use(browser);
  // One that does not count is not suspected.
  const plain = await owner(app, { signCounterIncrement: 0 });
  for (let time = 0; time < 2; time += 1) {
    await signInWith(app, plain.name, (options) => plain.browser.getJSON(PAGE, options));
  }
});

test("where verification is only preferred, an authenticator without it will do", async () => {
  const lenient = await withPasskeys({ UserVerification: "preferred" });
  const { name, browser } = await owner(lenient, CARELESS);
  const get = (options) => browser.getJSON(PAGE, { ...options, userVerification: "discouraged" });
  await signInWith(lenient, name, get);
});

test("a passkey is both factors only where pool and user want it, and then it verifies its user", async () => {
  const both = { FactorConfiguration: "MULTI_FACTOR_WITH_USER_VERIFICATION", UserVerification: "preferred" };
  const strict = await withPasskeys();
  await configure(strict, both, { MfaConfiguration: "OPTIONAL", EmailMfaConfiguration: {} });
  const { name, token, browser } = await owner(strict);
  const address = [{ Name: "email", Value: `${name}@example.com` }, { Name: "email_verified", Value: "true" }];
  await cognito.send(
    new AdminUpdateUserAttributesCommand({ UserPoolId: strict.poolId, Username: name, UserAttributes: address }),
  );
  const prefer = (settings) => cognito.send(new SetUserMFAPreferenceCommand({ AccessToken: token, ...settings }));
  // Who lost the passkey would be locked out.
  await assert.rejects(prefer({ WebAuthnMfaSettings: { Enabled: true } }), refused("InvalidParameterException"));

  await prefer({ EmailMfaSettings: { Enabled: true } });
  const offered = (await initiate(strict, "USER_AUTH", { USERNAME: name })).AvailableChallenges;
  assert.deepEqual([...offered].sort(), ["PASSWORD", "PASSWORD_SRP"]);

  await prefer({ WebAuthnMfaSettings: { Enabled: true } });
  const { session, options } = await asked(strict, name);
  assert.equal(options.userVerification, "required");
  const careless = copied(browser, CARELESS);
  const unverified = careless.getJSON(PAGE, { ...options, userVerification: "discouraged" });
  await assert.rejects(answer(strict, name, session, unverified), NO);
  const tokens = await signInWith(strict, name, (options) => browser.getJSON(PAGE, options));
  const factors = await cognito.send(new GetUserAuthFactorsCommand({ AccessToken: tokens.AccessToken }));
  assert.ok(factors.ConfiguredUserAuthFactors.includes("WEB_AUTHN"));
  assert.deepEqual([...factors.UserMFASettingList].sort(), ["EMAIL_OTP", "WEB_AUTHN"]);

  const plain = await owner(app);
  const wish = { AccessToken: plain.token, WebAuthnMfaSettings: { Enabled: true } };
  await assert.rejects(cognito.send(new SetUserMFAPreferenceCommand(wish)), refused("InvalidParameterException"));
});

test("a passkey of a relying party that the pool has left is not offered", async () => {
  const moving = await withPasskeys();
  const { name } = await owner(moving);
  await configure(moving, { RelyingPartyId: "example.org" });
  const deadline = Date.now() + 60_000;
  for (;;) {
    const challenge = await initiate(moving, "USER_AUTH", { USERNAME: name });
    if (!challenge.AvailableChallenges.includes("WEB_AUTHN")) break;
    // Functions keep a pool's settings for half a minute.
    assert.ok(Date.now() < deadline);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
});
