// amazon-cognito-identity-js with the functions that Gatehouse brings for custom challenges: a code by mail.

import { AdminUpdateUserAttributesCommand } from "@aws-sdk/client-cognito-identity-provider";
import identity from "amazon-cognito-identity-js";
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { application, cognito } from "./application.mjs";
import { codeFor, endpoint, region, unique } from "./endpoints.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;
const arn = (name) => `arn:aws:lambda:${region}:000000000000:function:triggers-${name}`;
let app;

before(async () => {
  const LambdaConfig = {
    DefineAuthChallenge: arn("define-auth-challenge"),
    CreateAuthChallenge: arn("create-auth-challenge"),
    VerifyAuthChallengeResponse: arn("verify-auth-challenge-response"),
  };
  const ExplicitAuthFlows = ["ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  app = await application({ LambdaConfig }, { ExplicitAuthFlows });
});

/** A user with a verified address, and how an app sees one. */
async function member() {
  const username = await app.user();
  const email = `${unique("js")}@example.com`;
  await cognito.send(
    new AdminUpdateUserAttributesCommand({
      UserPoolId: app.poolId,
      Username: username,
      UserAttributes: [{ Name: "email", Value: email }, { Name: "email_verified", Value: "true" }],
    }),
  );
  const Pool = new CognitoUserPool({ UserPoolId: app.poolId, ClientId: app.clientId, endpoint });
  const user = new CognitoUser({ Username: username, Pool });
  user.setAuthenticationFlowType("CUSTOM_AUTH");
  return { username, email, user };
}

/** Signs in; `answer` is asked for each answer. Returns the session and all that was asked. */
function signIn({ user, username }, answer) {
  const asked = [];
  return new Promise((resolve, reject) => {
    const callbacks = {
      onSuccess: (session) => resolve({ session, asked }),
      onFailure: reject,
      customChallenge: async (parameters) => {
        asked.push(parameters);
        user.sendCustomChallengeAnswer(await answer(asked.length), callbacks);
      },
    };
    user.initiateAuth(new AuthenticationDetails({ Username: username }), callbacks);
  });
}

test("a code by mail signs in at the second try", async () => {
  const someone = await member();
  const { session, asked } = await signIn(someone, (count) => (count === 1 ? "wrong" : codeFor(someone.email)));
  assert.equal(session.getAccessToken().payload.username, someone.username);
  assert.equal(session.getIdToken().payload.email, someone.email);
  assert.equal(asked.length, 2);
  assert.equal(asked[0].challenge, "CODE");
  assert.equal(asked[0].destination, "j***@e***");
});

test("three wrong answers end the sign-in", async () => {
  let answers = 0;
  const failed = signIn(await member(), () => {
    answers += 1;
    return "wrong";
  });
  await assert.rejects(failed, { code: "NotAuthorizedException" });
  assert.equal(answers, 3);
});
