// Amplify v6 in a browser, as an application has it: bundled, signing in by redirect (`signInWithRedirect`).
//
// Amplify takes a domain and insists on https, so a proxy with a certificate of its own stands before the stack.

import { build } from "esbuild";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { application, PASSWORD } from "./application.mjs";
import { endpoint } from "./endpoints.mjs";
import { browser, OAUTH } from "./pages.mjs";

const APPLICATION = `
  import { Amplify } from "aws-amplify";
  import { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut } from "aws-amplify/auth";
  import "aws-amplify/auth/enable-oauth-listener";
  import { Hub } from "aws-amplify/utils";
  window.events = [];
  Hub.listen("auth", ({ payload }) => window.events.push(payload.event));
  Amplify.configure(window.CONFIGURATION);
  Object.assign(window, { fetchAuthSession, getCurrentUser, signInWithRedirect, signOut });
`;

let app, chromium, home, pages, proxy;

/** The stack behind https. */
async function secured() {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  execFileSync("openssl", ["req", ...kind, "-keyout", key, "-out", certificate, ...subject], { stdio: "ignore" });
  const secrets = { key: readFileSync(key), cert: readFileSync(certificate) };
  rmSync(folder, { recursive: true });
  const behind = new URL(endpoint);
  const server = createSecureServer(secrets, (incoming, outgoing) => {
    const { method, url } = incoming;
    const headers = { ...incoming.headers, host: behind.host };
    const onward = request({ host: "127.0.0.1", port: behind.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

before(async () => {
  const bundle = await build({
    stdin: { contents: APPLICATION, resolveDir: dirname(fileURLToPath(import.meta.url)) },
    bundle: true, format: "iife", platform: "browser", write: false, logLevel: "silent",
  });
  let configuration;
  pages = createServer((incoming, outgoing) => {
    outgoing.setHeader("content-type", "text/html; charset=utf-8");
    const script = bundle.outputFiles[0].text.replaceAll("</script", "<\\/script");
    const settings = JSON.stringify(configuration);
    outgoing.end(`<!doctype html><title>App</title><script>window.CONFIGURATION = ${settings}</script>
      <script>${script}</script>`);
  }).listen(0, "127.0.0.1");
  await once(pages, "listening");
  home = `http://localhost:${pages.address().port}/`;
  proxy = await secured();
  app = await application({}, { ...OAUTH, CallbackURLs: [home], LogoutURLs: [home] });
  configuration = {
    Auth: {
      Cognito: {
        userPoolId: app.poolId, userPoolClientId: app.clientId, userPoolEndpoint: endpoint,
        loginWith: {
          oauth: {
            domain: `localhost:${proxy.address().port}`, scopes: ["openid", "email"], responseType: "code",
            redirectSignIn: [home], redirectSignOut: [home],
          },
        },
      },
    },
  };
  chromium = (await browser()).started;
});
after(async () => {
  await chromium?.close();
  pages?.close();
  proxy?.close();
});

/** Calls a function of the application that leads elsewhere. */
const leaves = (page, name) => page.evaluate((name) => void setTimeout(() => window[name]()), name);

test("signInWithRedirect signs in on our pages, and signOut ends it there too", async () => {
  const name = await app.user();
  const context = await chromium.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  await page.goto(home);
  await leaves(page, "signInWithRedirect");
  await page.waitForSelector("#password");
  await page.fill("#username", name);
  await page.fill("#password", PASSWORD);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${home}**`);
  await page.waitForFunction(() => window.events?.includes("signInWithRedirect"));
  assert.equal((await page.evaluate(() => window.getCurrentUser())).username, name);
  const session = await page.evaluate(async () => {
    const { tokens } = await window.fetchAuthSession();
    return { id: tokens.idToken.payload, access: tokens.accessToken.payload };
  });
  assert.equal(session.id["cognito:username"], name);
  assert.equal(session.access.client_id, app.clientId);

  // Who comes again is signed in already: no page asks for anything.
  const second = await context.newPage();
  await second.goto(home);
  await second.evaluate(() => localStorage.clear());
  await second.reload();
  await leaves(second, "signInWithRedirect");
  await second.waitForFunction(() => window.events?.includes("signInWithRedirect"));

  await leaves(second, "signOut");
  await second.waitForFunction(() => window.events && !window.events.includes("signInWithRedirect"));
  await leaves(second, "signInWithRedirect");
  await second.waitForSelector("#password");
  await context.close();
});
