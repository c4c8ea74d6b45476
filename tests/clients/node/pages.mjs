// A browser without scripts, and one with: how tests go through the sign-in pages.

import { createServer } from "node:http";
import { chromium } from "playwright-core";

import { PASSWORD } from "./application.mjs";

export const CALLBACK = "http://localhost:3999/callback";
export const OAUTH = {
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthFlows: ["code"],
  AllowedOAuthScopes: ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"],
  CallbackURLs: [CALLBACK],
  LogoutURLs: ["http://localhost:3999/bye"],
};

/** Follows an authorization request to the page, signs in there and returns where the browser is sent. */
export async function signIn(url, username, password = PASSWORD) {
  const jar = new Map();
  const send = async (address, options = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(address, { redirect: "manual", ...options, headers: { ...options.headers, cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [name, value] = line.split(";")[0].split(/=(.*)/s);
      jar.set(name, value);
    }
    return response;
  };
  const login = new URL((await send(url)).headers.get("location"), url);
  const page = await (await send(login)).text();
  const [, csrf] = page.match(/name="csrf" value="([^"]+)"/);
  const body = new URLSearchParams({ csrf, username, password });
  const answer = await send(login, { method: "POST", body });
  return { location: answer.headers.get("location"), send };
}

/** Chromium, headless. */
export async function browser(options = {}) {
  const args = ["--no-sandbox", "--disable-background-networking"];
  const started = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args });
  return { started, context: await started.newContext(options) };
}

/** Where applications are: a server that shows which page was asked for. */
export async function place() {
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html");
    response.end(`<!doctype html><title>App</title>${request.url.split("?")[0]}`);
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const callback = `http://localhost:${server.address().port}/callback`;
  return { callback, close: () => server.close() };
}

/** A platform authenticator for a page, as WebDriver's WebAuthn extension has it. */
export async function authenticator(page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  const { authenticatorId } = await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true,
      isUserVerified: true, automaticPresenceSimulation: true,
    },
  });
  return {
    held: async () => (await devtools.send("WebAuthn.getCredentials", { authenticatorId })).credentials,
    /** Whether a person touches it whenever it is asked. */
    touched: (enabled) => devtools.send("WebAuthn.setAutomaticPresenceSimulation", { authenticatorId, enabled }),
  };
}
