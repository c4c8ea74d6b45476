// The single-page app and its API on this machine: `npm run spa`. The API does what API Gateway's JWT authorizer does.
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { SimpleFetcher } from "aws-jwt-verify/https";

import { build } from "../lib/build.mjs";
import { appClient, gatehouse } from "../lib/gatehouse.mjs";
import { serve } from "../lib/serve.mjs";
import { handler } from "./api/index.mjs";

const port = Number(process.env.PORT ?? 8080);
const page = `http://localhost:${port}/`;
const clientId = await appClient("spa-example", {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ["code"],
  AllowedOAuthScopes: ["openid", "email", "profile"],
  CallbackURLs: [page],
  LogoutURLs: [page],
  SupportedIdentityProviders: ["COGNITO"],
  EnableTokenRevocation: true,
});

class Fetcher extends SimpleFetcher {
  // aws-jwt-verify fetches by HTTPS only; the development issuer is on this machine.
  async fetch(uri) {
    return Buffer.from(await (await fetch(uri)).arrayBuffer());
  }
}
const verifier = JwtVerifier.create(
  { issuer: gatehouse.issuer, jwksUri: `${gatehouse.issuer}/.well-known/jwks.json`, audience: null },
  { jwksCache: new SimpleJwksCache({ fetcher: new Fetcher() }) },
);

async function api(request, response) {
  let claims;
  try {
    claims = await verifier.verify((request.headers.authorization ?? "").replace(/^Bearer /, ""));
    if (claims.client_id !== clientId) throw new Error("audience");
  } catch {
    return response.writeHead(401, { "content-type": "application/json" }).end('{"message":"Unauthorized"}');
  }
  const { statusCode, headers, body } = await handler({ requestContext: { authorizer: { jwt: { claims } } } });
  response.writeHead(statusCode, headers).end(body);
}

const folder = await build("spa", { issuer: gatehouse.issuer, clientId, api: `http://localhost:${port}/me` });
console.log(`The single-page app is at ${await serve(folder, port, { "/me": api })}; Ctrl-C ends it.`);
