// A pool of its own with a client, made by the AWS SDK and gone when the tests of the file have run.

import {
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteUserPoolCommand,
} from "@aws-sdk/client-cognito-identity-provider";
import { createHmac } from "node:crypto";
import { after } from "node:test";

import { credentials, endpoint, region, unique } from "./endpoints.mjs";

export const PASSWORD = "Correct-Horse-7";

/** The SDK with the development key; it shows the first answer and does not try again. */
export const cognito = new CognitoIdentityProviderClient({ endpoint, region, credentials, maxAttempts: 1 });

const base = (process.env.GATEHOUSE_ISSUER_BASE ?? endpoint).replace(/\/$/, "");

const made = [];
after(async () => {
  for (const id of made) await cognito.send(new DeleteUserPoolCommand({ UserPoolId: id }));
});

/** A new pool and a client, with these settings; users are made with `user`. */
export async function application(poolSettings = {}, clientSettings = {}) {
  const { UserPool: pool } = await cognito.send(
    new CreateUserPoolCommand({ PoolName: unique("node"), AutoVerifiedAttributes: ["email"], ...poolSettings }),
  );
  made.push(pool.Id);
  const { UserPoolClient: client } = await cognito.send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.Id,
      ClientName: "node",
      ExplicitAuthFlows: ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
      ...clientSettings,
    }),
  );
  return {
    poolId: pool.Id,
    clientId: client.ClientId,
    secret: client.ClientSecret,
    issuer: `${base}/${pool.Id}`,

    /** A confirmed user, or one with a temporary password; returns the user name. */
    async user(password = PASSWORD, { permanent = true, username = unique("user"), email } = {}) {
      const request = { UserPoolId: pool.Id, Username: username };
      const verified = { UserAttributes: [{ Name: "email", Value: email }, { Name: "email_verified", Value: "true" }] };
      await cognito.send(
        new AdminCreateUserCommand({ ...request, MessageAction: "SUPPRESS", ...(email ? verified : {}) }),
      );
      await cognito.send(new AdminSetUserPasswordCommand({ ...request, Password: password, Permanent: permanent }));
      return username;
    },
  };
}

/** The code that an authenticator app shows for a key (RFC 6238), this many half minutes from now. */
export function appCode(key, steps = 0) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...key.replaceAll(" ", "")].map((c) => alphabet.indexOf(c).toString(2).padStart(5, "0")).join("");
  const secret = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const hash = createHmac("sha1", secret).update(counter).digest();
  const at = hash[19] & 15;
  return String((hash.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}
