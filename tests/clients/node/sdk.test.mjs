// The AWS SDK for JavaScript: signatures, error classes, dates and paginators as it reads them.

import {
  AdminGetUserCommand,
  CodeMismatchException,
  CognitoIdentityProviderClient,
  ConfirmSignUpCommand,
  DescribeUserPoolCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  InvalidParameterException,
  InvalidPasswordException,
  NotAuthorizedException,
  paginateListUsers,
  ResourceNotFoundException,
  RevokeTokenCommand,
  SignUpCommand,
  UsernameExistsException,
  UserNotConfirmedException,
} from "@aws-sdk/client-cognito-identity-provider";
import assert from "node:assert/strict";
import { before, test } from "node:test";

import { application, cognito, PASSWORD } from "./application.mjs";
import { codeFor, endpoint, region, unique } from "./endpoints.mjs";

// An app has no keys: the SDK sends public operations unsigned.
const anonymous = new CognitoIdentityProviderClient({ endpoint, region, maxAttempts: 1 });
let app;

before(async () => {
  app = await application();
});

const signIn = async (username, password = PASSWORD) => {
  const request = {
    ClientId: app.clientId,
    AuthFlow: "USER_PASSWORD_AUTH",
    AuthParameters: { USERNAME: username, PASSWORD: password },
  };
  return (await anonymous.send(new InitiateAuthCommand(request))).AuthenticationResult;
};

test("the story", async () => {
  const name = unique("sdk");
  const email = `${name}@example.com`;
  const who = { ClientId: app.clientId, Username: name };
  const signUp = new SignUpCommand({
    ...who, Password: PASSWORD, UserAttributes: [{ Name: "email", Value: email }],
  });
  assert.equal((await anonymous.send(signUp)).UserConfirmed, false);
  await assert.rejects(anonymous.send(signUp), UsernameExistsException);
  await assert.rejects(signIn(name), UserNotConfirmedException);
  const code = await codeFor(email);
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
  await assert.rejects(
    anonymous.send(new ConfirmSignUpCommand({ ...who, ConfirmationCode: wrong })), CodeMismatchException,
  );
  await anonymous.send(new ConfirmSignUpCommand({ ...who, ConfirmationCode: code }));

  const tokens = await signIn(name);
  const me = await anonymous.send(new GetUserCommand({ AccessToken: tokens.AccessToken }));
  assert.equal(me.Username, name);
  const renewed = await anonymous.send(
    new GetTokensFromRefreshTokenCommand({ ClientId: app.clientId, RefreshToken: tokens.RefreshToken }),
  );
  const access = { AccessToken: renewed.AuthenticationResult.AccessToken };
  assert.equal((await anonymous.send(new GetUserCommand(access))).Username, name);
  await anonymous.send(new RevokeTokenCommand({ ClientId: app.clientId, Token: tokens.RefreshToken }));
  await assert.rejects(anonymous.send(new GetUserCommand(access)), NotAuthorizedException);

  const again = { AccessToken: (await signIn(name)).AccessToken };
  await anonymous.send(new GlobalSignOutCommand(again));
  await assert.rejects(anonymous.send(new GetUserCommand(again)), NotAuthorizedException);
});

test("errors are the SDK's own classes, with message, status and request id", async () => {
  await assert.rejects(signIn("nobody"), (error) => {
    assert.equal(error.name, "UserNotFoundException");
    assert.equal(error.message, "User does not exist.");
    assert.equal(error.$fault, "client");
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId, /^[0-9a-f-]{36}$/);
    return true;
  });
  const weak = new SignUpCommand({ ClientId: app.clientId, Username: "ann", Password: "weak" });
  await assert.rejects(anonymous.send(weak), InvalidPasswordException);
  const long = new SignUpCommand({ ClientId: app.clientId, Username: "a".repeat(129), Password: PASSWORD });
  await assert.rejects(anonymous.send(long), InvalidParameterException);
  await assert.rejects(
    cognito.send(new DescribeUserPoolCommand({ UserPoolId: "us-east-1_Nowhere00" })), ResourceNotFoundException,
  );
});

test("dates are dates", async () => {
  const name = await app.user();
  const user = await cognito.send(new AdminGetUserCommand({ UserPoolId: app.poolId, Username: name }));
  assert.ok(user.UserCreateDate instanceof Date);
  assert.ok(Math.abs(Date.now() - user.UserCreateDate.getTime()) < 60_000);
});

test("the SDK's paginator brings every user once", async () => {
  const own = await application();
  const made = [];
  for (let number = 0; number < 5; number += 1) made.push(await own.user());
  const found = [];
  for await (const page of paginateListUsers({ client: cognito, pageSize: 2 }, { UserPoolId: own.poolId })) {
    found.push(...page.Users.map((user) => user.Username));
  }
  assert.deepEqual(found.sort(), made.sort());
});

test("a wrong secret is refused", async () => {
  const stranger = new CognitoIdentityProviderClient({
    endpoint, region, maxAttempts: 1,
    credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "w".repeat(40) },
  });
  await assert.rejects(stranger.send(new DescribeUserPoolCommand({ UserPoolId: app.poolId })), {
    name: "InvalidSignatureException",
  });
});
