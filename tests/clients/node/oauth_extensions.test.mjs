// openid-client, told the issuer and nothing else, with what pools allow beyond Cognito.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, after, test } from "node:test";
import {
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  DescribeUserPoolCommand,
  TagResourceCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import * as openid from "openid-client";

import { application, cognito } from "./application.mjs";
import { codeFlow } from "./openid.mjs";
import { CALLBACK, OAUTH } from "./pages.mjs";

const API = "https://orders.example.com";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS = "urn:ietf:params:oauth:token-type:access_token";
let app, name, machine, keys, server;

const claims = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

before(async () => {
  app = await application({ DcrConfiguration: { OpenDcrEnabled: true } }, { ...OAUTH, GenerateSecret: true });
  name = await app.user();
  await cognito.send(
    new CreateResourceServerCommand({
      UserPoolId: app.poolId,
      Identifier: API,
      Name: "orders",
      Scopes: [{ ScopeName: "read", ScopeDescription: "read" }],
    }),
  );
  const { UserPoolClient } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: app.poolId,
      ClientName: "machine",
      GenerateSecret: true,
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ["client_credentials"],
      AllowedOAuthScopes: [`${API}/read`],
      ExplicitAuthFlows: ["ALLOW_TOKEN_EXCHANGE_IMPERSONATION", "ALLOW_TOKEN_EXCHANGE_DELEGATION"],
    }),
  );
  machine = UserPoolClient;
  keys = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const jwk = await crypto.subtle.exportKey("jwk", keys.publicKey);
  server = createServer((_, response) => response.end(JSON.stringify({ keys: [{ ...jwk, kid: "one" }] })));
  await new Promise((listening) => server.listen(0, "localhost", listening));
  const { UserPool } = await cognito.send(new DescribeUserPoolCommand({ UserPoolId: app.poolId }));
  await cognito.send(
    new TagResourceCommand({
      ResourceArn: UserPool.Arn,
      Tags: {
        [`gatehouse:oauth:${app.clientId}`]: "par dpop introspection at+jwt standard-claims",
        [`gatehouse:jwks-uri:${machine.ClientId}`]: `http://localhost:${server.address().port}/keys`,
      },
    }),
  );
});
after(() => server.close());

const discover = (id, secret, authentication) =>
  openid.discovery(new URL(app.issuer), id, secret, authentication, { execute: [openid.allowInsecureRequests] });

test("a pushed request, tokens bound to a key, and introspection", async () => {
  const configuration = await discover(app.clientId, app.secret, openid.ClientSecretBasic(app.secret));
  const DPoP = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair("ES256"));
  const { tokens, url } = await codeFlow(configuration, name, {
    build: (...asked) => openid.buildAuthorizationUrlWithPAR(...asked, { DPoP }),
    options: { DPoP },
  });
  assert.deepEqual([...url.searchParams.keys()].sort(), ["client_id", "request_uri"]);
  assert.equal(tokens.token_type, "dpop");
  const info = await openid.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub, { DPoP });
  assert.equal(info.username, name);
  await assert.rejects(openid.fetchUserInfo(configuration, tokens.access_token, tokens.claims().sub));
  const renewed = await openid.refreshTokenGrant(configuration, tokens.refresh_token, undefined, { DPoP });
  assert.equal(renewed.token_type, "dpop");
  const told = await openid.tokenIntrospection(configuration, renewed.access_token);
  assert.equal(told.active, true);
  assert.equal(told.username, name);
  await openid.tokenRevocation(configuration, tokens.refresh_token);
  assert.deepEqual(await openid.tokenIntrospection(configuration, renewed.access_token), { active: false });
});

test("private_key_jwt, client credentials, and token exchange", async () => {
  const key = { key: keys.privateKey, kid: "one" };
  const configuration = await discover(machine.ClientId, undefined, openid.PrivateKeyJwt(key));
  const own = await openid.clientCredentialsGrant(configuration, { scope: `${API}/read`, resource: API });
  assert.equal(claims(own.access_token).sub, machine.ClientId);
  assert.equal(claims(own.access_token).aud, API);
  const exchanged = await openid.genericGrantRequest(configuration, EXCHANGE, {
    subject_token: own.access_token,
    subject_token_type: ACCESS,
    actor_token: own.access_token,
    actor_token_type: ACCESS,
    audience: "billing",
  });
  assert.equal(exchanged.issued_token_type, ACCESS);
  assert.equal(claims(exchanged.access_token).act.sub, machine.ClientId);
  const other = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  const forger = await discover(machine.ClientId, undefined, openid.PrivateKeyJwt({ key: other.privateKey, kid: "one" }));
  await assert.rejects(openid.clientCredentialsGrant(forger), { error: "invalid_client" });
  const byRote = await discover(machine.ClientId, machine.ClientSecret, openid.ClientSecretPost(machine.ClientSecret));
  await assert.rejects(openid.clientCredentialsGrant(byRote), { error: "invalid_client" });
});

test("an application that registers itself signs a user in", async () => {
  const configuration = await openid.dynamicClientRegistration(
    new URL(app.issuer),
    { redirect_uris: [CALLBACK], client_name: "Registered", token_endpoint_auth_method: "client_secret_basic" },
    undefined,
    { execute: [openid.allowInsecureRequests] },
  );
  const registered = configuration.clientMetadata();
  assert.notEqual(registered.client_id, app.clientId);
  assert.deepEqual(registered.redirect_uris, [CALLBACK]);
  const { tokens } = await codeFlow(configuration, name);
  assert.equal(tokens.claims().aud, registered.client_id);
  assert.equal(tokens.claims()["cognito:username"], name);
});
