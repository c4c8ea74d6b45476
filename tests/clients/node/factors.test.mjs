// Second factors, choice-based sign-in and sign-in without passwords, with Amplify v6 and amazon-cognito-identity-js.

import {
  AdminUpdateUserAttributesCommand,
  SetUserPoolMfaConfigCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import identity from "amazon-cognito-identity-js";
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { before, test } from "node:test";

import { appCode, application, cognito, PASSWORD } from "./application.mjs";
import { codeFor, endpoint, unique } from "./endpoints.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
// Amplify's modules for bundlers do not load in Node; these do.
const require = createRequire(import.meta.url);
const { Amplify } = require("aws-amplify");
const {
  confirmSignIn,
  confirmSignUp,
  fetchAuthSession,
  fetchMFAPreference,
  setUpTOTP,
  signIn,
  signOut,
  signUp,
  updateMFAPreference,
  verifyTOTPSetup,
} = require("aws-amplify/auth");
const { cognitoUserPoolsTokenProvider } = require("aws-amplify/auth/cognito");
let app;

/** Amplify keeps tokens where browsers do; here in memory. */
const kept = new Map();
cognitoUserPoolsTokenProvider.setKeyValueStorage({
  setItem: async (key, value) => void kept.set(key, value),
  getItem: async (key) => kept.get(key) ?? null,
  removeItem: async (key) => void kept.delete(key),
  clear: async () => kept.clear(),
});

before(async () => {
  app = await application(
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "EMAIL_OTP"] } } },
    { ExplicitAuthFlows: ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"] },
  );
  await cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: app.poolId,
      MfaConfiguration: "OPTIONAL",
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  );
  Amplify.configure({
    Auth: { Cognito: { userPoolId: app.poolId, userPoolClientId: app.clientId, userPoolEndpoint: endpoint } },
  });
});

test("Amplify sets up an authenticator app and signs in with it", async () => {
  const username = await app.user();
  assert.equal((await signIn({ username, password: PASSWORD })).isSignedIn, true);
  const { sharedSecret } = await setUpTOTP();
  await verifyTOTPSetup({ code: appCode(sharedSecret, -1) });
  await updateMFAPreference({ totp: "PREFERRED" });
  assert.deepEqual(await fetchMFAPreference(), { enabled: ["TOTP"], preferred: "TOTP" });
  await signOut();

  const asked = await signIn({ username, password: PASSWORD });
  assert.equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_TOTP_CODE");
  await assert.rejects(confirmSignIn({ challengeResponse: "000000" }), { name: "CodeMismatchException" });
  const done = await confirmSignIn({ challengeResponse: appCode(sharedSecret) });
  assert.equal(done.isSignedIn, true);
  const { tokens } = await fetchAuthSession();
  assert.equal(tokens.accessToken.payload.username, username);
  await signOut();
});

test("Amplify chooses a code by mail instead of the password", async () => {
  const username = await app.user();
  const email = `${username}@example.com`;
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: app.poolId,
      Username: username,
      UserAttributes: [
        { Name: "email", Value: email },
        { Name: "email_verified", Value: "true" },
      ],
    }),
  );
  const choice = await signIn({ username, options: { authFlowType: "USER_AUTH" } });
  assert.equal(choice.nextStep.signInStep, "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION");
  assert.ok(choice.nextStep.availableChallenges.includes("EMAIL_OTP"));
  const asked = await confirmSignIn({ challengeResponse: "EMAIL_OTP" });
  assert.equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  const done = await confirmSignIn({ challengeResponse: await codeFor(email) });
  assert.equal(done.isSignedIn, true);
  await signOut();

  const preferred = await signIn({
    username,
    password: PASSWORD,
    options: { authFlowType: "USER_AUTH", preferredChallenge: "PASSWORD_SRP" },
  });
  assert.equal(preferred.isSignedIn, true);
  await signOut();
});

test("Amplify signs up without a password and signs in with codes", async () => {
  const username = unique("passwordless");
  const email = `${username}@example.com`;
  const begun = await signUp({ username, options: { userAttributes: { email } } });
  assert.equal(begun.nextStep.signUpStep, "CONFIRM_SIGN_UP");
  const first = await codeFor(email);
  const confirmed = await confirmSignUp({ username, confirmationCode: first });
  assert.equal(confirmed.isSignUpComplete, true);
  const asked = await signIn({ username, options: { authFlowType: "USER_AUTH", preferredChallenge: "EMAIL_OTP" } });
  assert.equal(asked.nextStep.signInStep, "CONFIRM_SIGN_IN_WITH_EMAIL_CODE");
  let code = first;
  while (code === first) code = await codeFor(email);
  assert.equal((await confirmSignIn({ challengeResponse: code })).isSignedIn, true);
  await signOut();
});

test("amazon-cognito-identity-js sets up an authenticator app and signs in with it", async () => {
  const name = await app.user();
  const pool = new CognitoUserPool({ UserPoolId: app.poolId, ClientId: app.clientId, endpoint });
  const who = new CognitoUser({ Username: name, Pool: pool });
  const details = new AuthenticationDetails({ Username: name, Password: PASSWORD });
  const authenticate = () =>
    new Promise((resolve, reject) =>
      who.authenticateUser(details, {
        onSuccess: () => resolve("signed in"),
        onFailure: reject,
        totpRequired: (challenge) => resolve(challenge),
      }),
    );
  assert.equal(await authenticate(), "signed in");
  const secret = await new Promise((resolve, reject) =>
    who.associateSoftwareToken({ associateSecretCode: resolve, onFailure: reject }),
  );
  await new Promise((resolve, reject) =>
    who.verifySoftwareToken(appCode(secret, -1), "watch", { onSuccess: resolve, onFailure: reject }),
  );
  await new Promise((resolve, reject) =>
    who.setUserMfaPreference(null, { PreferredMfa: true, Enabled: true }, (error, result) =>
      error ? reject(error) : resolve(result),
    ),
  );
  assert.equal(await authenticate(), "SOFTWARE_TOKEN_MFA");
  const session = await new Promise((resolve, reject) =>
    who.sendMFACode(appCode(secret), { onSuccess: resolve, onFailure: reject }, "SOFTWARE_TOKEN_MFA"),
  );
  assert.ok(session.isValid());
});
