// AWS credentials for users and guests of the demo pool, as a web or mobile app gets them: the SDK's own provider, and
// S3 of the AWS that enforces IAM.

import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminSetUserPasswordCommand,
  InitiateAuthCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromCognitoIdentityPool } from "@aws-sdk/credential-providers";
import assert from "node:assert/strict";
import { test } from "node:test";

import { cognito, PASSWORD } from "./application.mjs";
import { clientId, endpoint, issuer, poolId, region, unique } from "./endpoints.mjs";

const identityPoolId = process.env.GATEHOUSE_IDENTITY_POOL_ID;
const Bucket = process.env.GATEHOUSE_PHOTO_BUCKET;
const iam = process.env.AWS_ENDPOINT_URL_S3;
const provider = issuer.replace(/^https?:\/\//, "");

/** A new user of the demo pool, signed in. */
async function signedIn() {
  const Username = unique("photographer");
  const request = { UserPoolId: poolId, Username };
  await cognito.send(new AdminCreateUserCommand({ ...request, MessageAction: "SUPPRESS" }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...request, Password: PASSWORD, Permanent: true }));
  const signIn = new InitiateAuthCommand({
    ClientId: clientId, AuthFlow: "USER_PASSWORD_AUTH", AuthParameters: { USERNAME: Username, PASSWORD },
  });
  const { AuthenticationResult: tokens } = await cognito.send(signIn);
  return { username: Username, logins: { [provider]: tokens.IdToken } };
}

const provide = (logins) =>
  fromCognitoIdentityPool({ identityPoolId, logins, clientConfig: { endpoint, region, maxAttempts: 1 } });
const s3 = (credentials) => new S3Client({ endpoint: iam, region, credentials, forcePathStyle: true, maxAttempts: 1 });
const put = (client, Key, Body = "photo") => client.send(new PutObjectCommand({ Bucket, Key, Body }));
const text = async (client, Key) => (await client.send(new GetObjectCommand({ Bucket, Key }))).Body.transformToString();
const denied = (promise) => assert.rejects(promise, { name: "AccessDenied" });

test("a signed-in user writes under the own identity and nowhere else", async () => {
  const [ann, bob] = [await signedIn(), await signedIn()];
  const [mine, theirs] = [await provide(ann.logins)(), await provide(bob.logins)()];
  assert.notEqual(mine.identityId, theirs.identityId);
  assert.ok(mine.expiration > new Date());
  const client = s3(mine);
  await put(client, `${mine.identityId}/cat.jpg`, "meow");
  assert.equal(await text(client, `${mine.identityId}/cat.jpg`), "meow");
  await denied(put(client, `${theirs.identityId}/cat.jpg`));
  await denied(text(s3(theirs), `${mine.identityId}/cat.jpg`));
  await denied(put(client, "cat.jpg"));
});

test("the provider renews by itself and finds the same identity", async () => {
  const { logins } = await signedIn();
  const again = provide(logins);
  const [one, other] = [await again(), await again()];
  assert.equal(one.identityId, other.identityId);
  assert.notEqual(one.sessionToken, other.sessionToken);
});

test("a guest reads what is public and writes nothing", async () => {
  await put(s3({ accessKeyId: "local", secretAccessKey: "local" }), "public/node.txt", "hello");
  const guest = await provide()();
  const client = s3(guest);
  assert.equal(await text(client, "public/node.txt"), "hello");
  await denied(put(client, `${guest.identityId}/cat.jpg`));
  await denied(put(client, "public/node.txt"));
});

test("a forged login, and one of a user who was disabled, give nothing", async () => {
  const { username, logins } = await signedIn();
  const [head, body, signature] = logins[provider].split(".");
  const forged = { [provider]: `${head}.${body}.${signature.split("").reverse().join("")}` };
  await assert.rejects(provide(forged)(), { name: "NotAuthorizedException" });
  await provide(logins)();
  await cognito.send(new AdminDisableUserCommand({ UserPoolId: poolId, Username: username }));
  await assert.rejects(provide(logins)(), { name: "NotAuthorizedException" });
});
