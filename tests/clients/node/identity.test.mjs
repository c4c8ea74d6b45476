// amazon-cognito-identity-js: the library in millions of web apps, with its own SRP.

import {
  AdminSetUserPasswordCommand,
  GetTokensFromRefreshTokenCommand,
  NotAuthorizedException,
} from "@aws-sdk/client-cognito-identity-provider";
import identity from "amazon-cognito-identity-js";
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { application, cognito, PASSWORD } from "./application.mjs";
import { codeFor, endpoint, unique } from "./endpoints.mjs";

const { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } = identity;

let app, pool;

before(async () => {
  app = await application();
  pool = new CognitoUserPool({ UserPoolId: app.poolId, ClientId: app.clientId, endpoint });
});

/** A method that takes (…, callback) as a promise. */
const promised = (target, method, ...given) =>
  new Promise((resolve, reject) =>
    target[method](...given, (error, result) => (error ? reject(error) : resolve(result))),
  );

const user = (name) => new CognitoUser({ Username: name, Pool: pool });

/** The library itself tries a refused renewal again for seconds, so the SDK asks. */
const refusesToRenew = (token) =>
  assert.rejects(
    cognito.send(new GetTokensFromRefreshTokenCommand({ ClientId: app.clientId, RefreshToken: token })),
    NotAuthorizedException,
  );

/** Signs in; resolves with the session, or with what `newPasswordRequired` was told. */
const signIn = (who, name, password) =>
  new Promise((resolve, reject) =>
    who.authenticateUser(new AuthenticationDetails({ Username: name, Password: password }), {
      onSuccess: (session) => resolve({ session }),
      onFailure: reject,
      newPasswordRequired: (attributes, required) => resolve({ attributes, required }),
    }),
  );

test("sign up, confirm, sign in by SRP, profile, renew, sign out everywhere", async () => {
  const name = unique("js");
  const email = `${name}@example.com`;
  const signedUp = await promised(pool, "signUp", name, PASSWORD, [
    new CognitoUserAttribute({ Name: "email", Value: email }),
  ], null);
  assert.equal(signedUp.userConfirmed, false);
  assert.equal(signedUp.codeDeliveryDetails.DeliveryMedium, "EMAIL");

  const who = user(name);
  await assert.rejects(signIn(who, name, PASSWORD), { code: "UserNotConfirmedException" });
  await assert.rejects(promised(who, "confirmRegistration", "000000", false), (error) =>
    ["CodeMismatchException", "ExpiredCodeException"].includes(error.code),
  );
  assert.equal(await promised(who, "confirmRegistration", await codeFor(email), false), "SUCCESS");

  const { session } = await signIn(who, name, PASSWORD);
  assert.ok(session.isValid());
  assert.equal(session.getIdToken().payload.email, email);
  assert.equal(session.getAccessToken().payload.username, name);

  const attributes = await promised(who, "getUserAttributes");
  const found = Object.fromEntries(attributes.map((attribute) => [attribute.getName(), attribute.getValue()]));
  assert.deepEqual(found, { sub: signedUp.userSub, email, email_verified: "true" });

  const token = new CognitoRefreshToken({ RefreshToken: session.getRefreshToken().getToken() });
  const renewed = await promised(who, "refreshSession", token);
  assert.notEqual(renewed.getAccessToken().getJwtToken(), session.getAccessToken().getJwtToken());

  await new Promise((resolve, reject) => who.globalSignOut({ onSuccess: resolve, onFailure: reject }));
  await refusesToRenew(token.getToken());
});

test("a code is sent again", async () => {
  const name = unique("js");
  await promised(pool, "signUp", name, PASSWORD, [
    new CognitoUserAttribute({ Name: "email", Value: `${name}@example.com` }),
  ], null);
  const sent = await promised(user(name), "resendConfirmationCode");
  assert.equal(sent.CodeDeliveryDetails.AttributeName, "email");
});

test("a wrong password, and no such user", async () => {
  const name = await app.user();
  await assert.rejects(signIn(user(name), name, "Wrong-Guess-0"), {
    code: "NotAuthorizedException",
    message: "Incorrect username or password.",
  });
  await assert.rejects(signIn(user("nobody"), "nobody", PASSWORD), { code: "UserNotFoundException" });
});

test("a temporary password is exchanged for a lasting one, by SRP", async () => {
  const name = await app.user("Temporary-Pass-1", { permanent: false });
  const who = user(name);
  const challenge = await signIn(who, name, "Temporary-Pass-1");
  assert.deepEqual(challenge.required, []);
  const session = await new Promise((resolve, reject) =>
    who.completeNewPasswordChallenge(PASSWORD, {}, { onSuccess: resolve, onFailure: reject }),
  );
  assert.equal(session.getAccessToken().payload.username, name);
  assert.ok((await signIn(user(name), name, PASSWORD)).session);
});

test("USER_PASSWORD_AUTH by the same library", async () => {
  const name = await app.user();
  const who = user(name);
  who.setAuthenticationFlowType("USER_PASSWORD_AUTH");
  const { session } = await signIn(who, name, PASSWORD);
  assert.equal(session.getAccessToken().payload.username, name);
});

test("SRP with two dozen salts, since one in sixteen begins with a zero and JavaScript drops it", async () => {
  const name = await app.user();
  for (let number = 0; number < 24; number += 1) {
    // The salt is drawn anew with the password.
    await cognito.send(
      new AdminSetUserPasswordCommand({
        UserPoolId: app.poolId, Username: name, Password: PASSWORD, Permanent: true,
      }),
    );
    const { session } = await signIn(user(name), name, PASSWORD);
    assert.equal(session.getAccessToken().payload.username, name);
  }
});

test("revoking a session's refresh token ends it", async () => {
  const name = await app.user();
  const who = user(name);
  const { session } = await signIn(who, name, PASSWORD);
  const refresh = session.getRefreshToken();
  await new Promise((resolve, reject) =>
    who.revokeToken({ token: refresh.getToken(), callback: (error) => (error ? reject(error) : resolve()) }),
  );
  await refusesToRenew(refresh.getToken());
});
