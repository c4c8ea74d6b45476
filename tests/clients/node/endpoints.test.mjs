import assert from "node:assert/strict";
import { test } from "node:test";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { endpoint, issuer, jwksFetcher } from "./endpoints.mjs";

test("the issuer's discovery document leads to a key set that aws-jwt-verify can read", async () => {
  const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  assert.equal(document.issuer, issuer);
  assert.ok(document.jwks_uri.startsWith(`${endpoint}/`));
  const jwks = await new SimpleJwksCache({ fetcher: jwksFetcher }).getJwks(document.jwks_uri);
  assert.equal(jwks.keys.length, 2);
  assert.deepEqual(new Set(jwks.keys.map((key) => key.kty + key.alg)), new Set(["RSARS256"]));
});
