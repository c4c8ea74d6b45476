// The authorization code flow with PKCE, as openid-client's documentation has it.

import * as openid from "openid-client";

import { CALLBACK, signIn } from "./pages.mjs";

/**
 * Signs a user in. `more` goes into the request; `build` makes its address of the configuration and the parameters;
 * `options` are those of the token request.
 */
export async function codeFlow(configuration, username, { more = {}, build = openid.buildAuthorizationUrl, options } = {}) {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = await build(configuration, {
    redirect_uri: CALLBACK,
    scope: "openid email",
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
    ...more,
  });
  const { location } = await signIn(url, username);
  const expected = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
  const tokens = await openid.authorizationCodeGrant(configuration, new URL(location), expected, undefined, options);
  return { tokens, location, url };
}
