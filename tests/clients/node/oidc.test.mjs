// Two OIDC libraries that were told the issuer and nothing else.

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { InMemoryWebStorage, OidcClient, WebStorageStateStore } from "oidc-client-ts";
import * as openid from "openid-client";

import { application, PASSWORD } from "./application.mjs";
import { codeFlow } from "./openid.mjs";
import { CALLBACK, OAUTH, signIn } from "./pages.mjs";

let app, confidential, name;

before(async () => {
  app = await application({}, OAUTH);
  confidential = await application({}, { ...OAUTH, GenerateSecret: true });
  name = await app.user();
});

async function discover(where, authentication) {
  return openid.discovery(new URL(where.issuer), where.clientId, where.secret, authentication, {
    execute: [openid.allowInsecureRequests],
  });
}

/** Signs in as openid-client's documentation has it; returns the tokens and the configuration. */
async function openidSignIn(where, username, authentication, more = {}) {
  const configuration = await discover(where, authentication);
  const { tokens, location } = await codeFlow(configuration, username, { more });
  return { configuration, tokens, location };
}

test("openid-client signs in, renews, asks who it is, revokes and signs out", async () => {
  const { configuration, tokens } = await openidSignIn(app, name, openid.None());
  assert.equal(tokens.claims()["cognito:username"], name);
  const sub = tokens.claims().sub;
  const info = await openid.fetchUserInfo(configuration, tokens.access_token, sub);
  assert.equal(info.username, name);
  const renewed = await openid.refreshTokenGrant(configuration, tokens.refresh_token);
  assert.equal(renewed.claims().sub, sub);
  await openid.tokenRevocation(configuration, tokens.refresh_token);
  await assert.rejects(openid.refreshTokenGrant(configuration, tokens.refresh_token), { error: "invalid_grant" });
  const end = openid.buildEndSessionUrl(configuration, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: "http://localhost:3999/bye",
  });
  const answer = await fetch(end, { redirect: "manual" });
  assert.equal(answer.headers.get("location"), "http://localhost:3999/bye");
});

for (const [way, authentication] of Object.entries({
  client_secret_basic: (secret) => openid.ClientSecretBasic(secret),
  client_secret_post: (secret) => openid.ClientSecretPost(secret),
})) {
  test(`openid-client with ${way}`, async () => {
    const user = await confidential.user();
    const { tokens } = await openidSignIn(confidential, user, authentication(confidential.secret));
    assert.equal(tokens.claims()["cognito:username"], user);
    await assert.rejects(
      openidSignIn(confidential, user, authentication("wrong")),
      (error) => (error.error ?? error.cause?.error) === "invalid_client" || error.code === "OAUTH_WWW_AUTHENTICATE_CHALLENGE",
    );
  });
}

test("openid-client refuses an answer of another issuer (mix-up)", async () => {
  const configuration = await discover(app, openid.None());
  const verifier = openid.randomPKCECodeVerifier();
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: CALLBACK,
    scope: "openid",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: "s",
  });
  const { location } = await signIn(url, name);
  const answer = new URL(location);
  answer.searchParams.set("iss", confidential.issuer);
  await assert.rejects(
    openid.authorizationCodeGrant(configuration, answer, { pkceCodeVerifier: verifier, expectedState: "s" }),
    (error) => /iss/.test(error.cause?.message ?? error.message),
  );
});

test("openid-client reads errors", async () => {
  const configuration = await discover(app, openid.None());
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: CALLBACK,
    scope: "openid",
    state: "s",
    prompt: "none",
  });
  const answer = await fetch(url, { redirect: "manual" });
  await assert.rejects(
    openid.authorizationCodeGrant(configuration, new URL(answer.headers.get("location")), { expectedState: "s" }),
    { error: "login_required" },
  );
});

test("oidc-client-ts signs in, renews and signs out", async () => {
  const client = new OidcClient({
    authority: app.issuer,
    client_id: app.clientId,
    redirect_uri: CALLBACK,
    post_logout_redirect_uri: "http://localhost:3999/bye",
    scope: "openid email",
    loadUserInfo: true,
    stateStore: new WebStorageStateStore({ store: new InMemoryWebStorage() }),
  });
  const request = await client.createSigninRequest({ nonce: "n-1" });
  const { location } = await signIn(request.url, name, PASSWORD);
  const response = await client.processSigninResponse(location);
  assert.equal(response.profile["cognito:username"], name);
  assert.equal(response.profile.username, name);
  assert.equal(response.scope, "openid email");
  const renewed = await client.useRefreshToken({
    state: {
      data: undefined,
      refresh_token: response.refresh_token,
      id_token: response.id_token,
      scope: response.scope,
      profile: response.profile,
      session_state: null,
    },
  });
  assert.ok(renewed.access_token && renewed.access_token !== response.access_token);
  const out = await client.createSignoutRequest({ id_token_hint: response.id_token, state: "bye" });
  const answer = await fetch(out.url, { redirect: "manual" });
  assert.ok(answer.headers.get("location").startsWith("http://localhost:3999/bye?state="));
});
