// The function of the edge, as it stands in template.yaml, in a world that has what CloudFront's runtime has.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const root = new URL("../../../", import.meta.url);
const template = readFileSync(new URL("template.yaml", root), "utf8");
const [, block] = /FunctionCode: \|\n((?: {8}.*\n|\n)+)/.exec(template);
const world = vm.createContext({ Object });
vm.runInContext(`${block.replace(/^ {8}/gm, "")}\n;globalThis.run = handler;`, world);

function sent({ method = "POST", uri = "/", target, headers = {} }) {
  const named = target === undefined ? {} : { "x-amz-target": { value: target } };
  const request = { method, uri, headers: { host: { value: "auth.example.com" }, ...named, ...headers } };
  return world.run({ viewer: { ip: "192.0.2.7" }, request });
}

test("every operation has the path of its function", () => {
  const table = readFileSync(new URL("operations.toml", root), "utf8");
  const entries = [...table.matchAll(/\[(user-pool|identity-pool)\.(\w+)\]\n(?:.+\n)*?function = "([\w-]+)"/g)];
  assert.equal(entries.length, 164);
  const prefixes = { "user-pool": "AWSCognitoIdentityProviderService", "identity-pool": "AWSCognitoIdentityService" };
  for (const [, service, operation, name] of entries) {
    assert.equal(sent({ target: `${prefixes[service]}.${operation}` }).uri, `/${service}/${name}/${operation}`);
  }
});

test("everything else keeps its path", () => {
  const target = "AWSCognitoIdentityProviderService.SignUp";
  for (const request of [
    { target: "AWSCognitoIdentityProviderService.NoSuch" },
    { target: "AWSCognitoIdentityService.SignUp" },
    { target: "toString" },
    { target: "__proto__" },
    { target: "" },
    {},
    { method: "GET", target },
    { method: "OPTIONS", target },
  ]) {
    assert.equal(sent(request).uri, "/");
  }
  assert.equal(sent({ uri: "/oauth2/token", target }).uri, "/oauth2/token");
});

test("the viewer is who CloudFront says, whatever the request says", () => {
  const lies = { "x-gatehouse-viewer-host": { value: "evil.example" }, "x-gatehouse-viewer-address": { value: "127.0.0.1" } };
  const { headers } = sent({ headers: lies });
  assert.equal(headers["x-gatehouse-viewer-host"].value, "auth.example.com");
  assert.equal(headers["x-gatehouse-viewer-address"].value, "192.0.2.7");
});

test("CloudFront takes it: 10 kB at most", () => {
  assert.ok(Buffer.byteLength(block.replace(/^ {8}/gm, "")) <= 10240);
});
