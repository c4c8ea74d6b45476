// aws-jwt-verify: does the verifier that AWS recommends believe our tokens, and only ours?

import { InitiateAuthCommand } from "@aws-sdk/client-cognito-identity-provider";
import { JwtVerifier } from "aws-jwt-verify";
import { validateCognitoJwtFields } from "aws-jwt-verify/cognito-verifier";
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  JwtInvalidAudienceError,
  JwtInvalidIssuerError,
  JwtInvalidSignatureError,
  KidNotFoundInJwksError,
} from "aws-jwt-verify/error";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { application, cognito, PASSWORD } from "./application.mjs";
import { jwksFetcher } from "./endpoints.mjs";

let app, name, tokens;

before(async () => {
  app = await application();
  name = await app.user();
  tokens = await signIn(app, name);
});

async function signIn(where, username) {
  const answer = await cognito.send(
    new InitiateAuthCommand({
      ClientId: where.clientId,
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: username, PASSWORD },
    }),
  );
  return answer.AuthenticationResult;
}

/** A verifier as an API behind the pool would set it up: issuer, client, use, and where the keys are. */
function verifier(where, tokenUse, clientId = where.clientId) {
  return JwtVerifier.create(
    {
      issuer: where.issuer,
      audience: tokenUse === "id" ? clientId : null,
      jwksUri: `${where.issuer}/.well-known/jwks.json`,
      customJwtCheck: ({ payload }) => validateCognitoJwtFields(payload, { tokenUse, clientId }),
    },
    { jwksCache: new SimpleJwksCache({ fetcher: jwksFetcher }) },
  );
}

test("the ID token is accepted", async () => {
  const payload = await verifier(app, "id").verify(tokens.IdToken);
  assert.equal(payload["cognito:username"], name);
  assert.equal(payload.aud, app.clientId);
});

test("the access token is accepted", async () => {
  const payload = await verifier(app, "access").verify(tokens.AccessToken);
  assert.equal(payload.username, name);
  assert.equal(payload.client_id, app.clientId);
  assert.ok(payload.scope.split(" ").includes("aws.cognito.signin.user.admin"));
});

test("the discovery document leads to the same keys", async () => {
  const response = await fetch(`${app.issuer}/.well-known/openid-configuration`);
  const { issuer, jwks_uri: jwksUri } = await response.json();
  assert.equal(issuer, app.issuer);
  const found = JwtVerifier.create(
    { issuer, audience: app.clientId, jwksUri },
    { jwksCache: new SimpleJwksCache({ fetcher: jwksFetcher }) },
  );
  assert.equal((await found.verify(tokens.IdToken)).sub, (await verifier(app, "id").verify(tokens.IdToken)).sub);
});

test("one is never taken for the other, nor for another client's", async () => {
  await assert.rejects(verifier(app, "access").verify(tokens.IdToken), CognitoJwtInvalidTokenUseError);
  await assert.rejects(verifier(app, "id").verify(tokens.AccessToken));
  await assert.rejects(verifier(app, "id", "anotherclient").verify(tokens.IdToken), JwtInvalidAudienceError);
  await assert.rejects(verifier(app, "access", "anotherclient").verify(tokens.AccessToken), CognitoJwtInvalidClientIdError);
});

test("another pool does not believe them", async () => {
  const other = await application();
  for (const [use, token] of [["id", tokens.IdToken], ["access", tokens.AccessToken]]) {
    const theirs = { ...other, clientId: app.clientId };
    await assert.rejects(verifier(theirs, use).verify(token), KidNotFoundInJwksError);
  }
  // Neither the right issuer with the wrong keys will do, nor the right keys with the wrong issuer.
  for (const [issuer, keys, error] of [
    [app.issuer, other.issuer, KidNotFoundInJwksError],
    [other.issuer, app.issuer, JwtInvalidIssuerError],
  ]) {
    const mixed = JwtVerifier.create(
      { issuer, audience: app.clientId, jwksUri: `${keys}/.well-known/jwks.json` },
      { jwksCache: new SimpleJwksCache({ fetcher: jwksFetcher }) },
    );
    await assert.rejects(mixed.verify(tokens.IdToken), error);
  }
});

test("a changed token is refused", async () => {
  const [head, body, signature] = tokens.IdToken.split(".");
  const payload = JSON.parse(Buffer.from(body, "base64url"));
  const changed = Buffer.from(JSON.stringify({ ...payload, "cognito:username": "root" })).toString("base64url");
  await assert.rejects(verifier(app, "id").verify(`${head}.${changed}.${signature}`), JwtInvalidSignatureError);
});
