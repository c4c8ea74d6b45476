// The two applications of examples/, started as their README says and used in a browser.

import { AdminCreateUserCommand, AdminSetUserPasswordCommand } from "@aws-sdk/client-cognito-identity-provider";
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";

import { cognito, PASSWORD } from "./application.mjs";
import { poolId, unique } from "./endpoints.mjs";
import { browser } from "./pages.mjs";

const folder = fileURLToPath(new URL("../../../examples/", import.meta.url));
const PIXEL = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);
const running = [];
let chromium;

before(async () => {
  chromium = (await browser()).started;
});

after(async () => {
  await chromium?.close();
  for (const process of running) process.kill();
});

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "localhost", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts an application by its script and resolves to where it says it is. */
async function start(name) {
  const child = spawn("node", [`${name}/local.mjs`], {
    cwd: folder,
    env: { ...process.env, PORT: String(await freePort()) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.push(child);
  return new Promise((resolve, reject) => {
    let said = "";
    child.stdout.on("data", (text) => {
      said += text;
      const found = /is at (http:\S+);/.exec(said);
      if (found) resolve(found[1]);
    });
    child.on("exit", (code) => reject(new Error(`${name} ended with ${code}: ${said}`)));
  });
}

async function user() {
  const Username = unique("example");
  const request = { UserPoolId: poolId, Username };
  await cognito.send(new AdminCreateUserCommand({ ...request, MessageAction: "SUPPRESS" }));
  await cognito.send(new AdminSetUserPasswordCommand({ ...request, Password: PASSWORD, Permanent: true }));
  return Username;
}

test("single-page app: managed login with PKCE, and an API that takes its tokens only", async () => {
  const [origin, name] = [await start("spa"), await user()];
  const page = await (await chromium.newContext()).newPage();
  await page.goto(origin);
  await page.getByText("Nobody is signed in").waitFor();
  await page.getByRole("button", { name: "Call the API" }).click();
  await page.getByText("401").waitFor();
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("input[name=username]").fill(name);
  await page.locator("input[name=password]").fill(PASSWORD);
  await page.locator("form button[type=submit], form button:not([type])").first().click();
  await page.getByText(`Signed in as ${name}`).waitFor();
  assert.equal(new URL(page.url()).search, "");
  await page.getByRole("button", { name: "Call the API" }).click();
  await page.getByText(`"username": "${name}"`).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("Nobody is signed in").waitFor();
  // The browser session ended too: the login page asks again.
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("input[name=password]").waitFor();
  const forged = await fetch(`${origin}/me`, { headers: { authorization: "Bearer e30.e30.e30" } });
  assert.equal(forged.status, 401);
});

test("photo app: everybody's own photos, straight to S3", async () => {
  const [origin, ann, bob] = [await start("photos"), await user(), await user()];
  const signedIn = async (name, password = PASSWORD) => {
    const page = await (await chromium.newContext()).newPage();
    await page.goto(origin);
    await page.getByLabel("User name").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    return page;
  };
  const mine = await signedIn(ann);
  await mine.getByText("0 photo(s)").waitFor();
  await mine.getByLabel("Add a photo").setInputFiles({ name: "cat.png", mimeType: "image/png", buffer: PIXEL });
  await mine.getByText("1 photo(s)").waitFor();
  await mine.getByAltText("cat.png").waitFor();
  assert.equal(await mine.getByAltText("cat.png").evaluate((image) => image.naturalWidth), 1);

  const again = await signedIn(ann);
  await again.getByText("1 photo(s)").waitFor();
  const theirs = await signedIn(bob);
  await theirs.getByText("0 photo(s)").waitFor();
  const nobody = await signedIn(bob, "Wrong-Horse-8");
  await nobody.getByText("Incorrect username or password.").waitFor();
});
