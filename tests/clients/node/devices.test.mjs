// Remembered devices with amazon-cognito-identity-js, which confirms a device by itself and proves it at later sign-ins.

import identity from "amazon-cognito-identity-js";
import assert from "node:assert/strict";
import { test } from "node:test";

import { application, PASSWORD } from "./application.mjs";
import { endpoint } from "./endpoints.mjs";

const { AuthenticationDetails, CognitoUser, CognitoUserPool } = identity;

/** What a browser's storage is to the library: a device lives in it. */
class Shelf {
  items = new Map();
  setItem(key, value) { this.items.set(key, value); }
  getItem(key) { return this.items.get(key) ?? null; }
  removeItem(key) { this.items.delete(key); }
  clear() { this.items.clear(); }
}

/** A user of a pool with these settings on a device of its own. */
async function onDevice(app, name, storage = new Shelf()) {
  const pool = new CognitoUserPool({ UserPoolId: app.poolId, ClientId: app.clientId, endpoint, Storage: storage });
  const who = new CognitoUser({ Username: name, Pool: pool, Storage: storage });
  const challenges = [];
  const request = who.client.request.bind(who.client);
  who.client.request = (operation, parameters, callback) => {
    if (parameters.ChallengeName) challenges.push(parameters.ChallengeName);
    request(operation, parameters, callback);
  };
  return { who, storage, challenges };
}

/** Signs in; resolves with the session and whether the user has to be asked about the device. */
const signIn = (who, name, flow = "USER_SRP_AUTH") =>
  new Promise((resolve, reject) => {
    who.setAuthenticationFlowType(flow);
    who.authenticateUser(new AuthenticationDetails({ Username: name, Password: PASSWORD }), {
      onSuccess: (session, ask) => resolve({ session, ask }),
      onFailure: reject,
    });
  });

const done = (target, method, ...given) =>
  new Promise((resolve, reject) => target[method](...given, { onSuccess: resolve, onFailure: reject }));

const deviceOf = ({ session }) => session.getAccessToken().payload.device_key;

const remembering = (prompt) => ({
  DeviceConfiguration: { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: prompt },
});

test("a device is remembered, proves itself, is forgotten and made known again", async () => {
  const app = await application(remembering(false));
  const name = await app.user();
  const { who, challenges } = await onDevice(app, name);
  const first = await signIn(who, name);
  assert.equal(first.ask, undefined);
  assert.deepEqual(challenges.splice(0), ["PASSWORD_VERIFIER"]);

  for (const [flow, steps] of [
    ["USER_SRP_AUTH", ["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]],
    ["USER_PASSWORD_AUTH", ["DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]],
  ]) {
    const again = await signIn(who, name, flow);
    assert.deepEqual(challenges.splice(0), steps);
    assert.equal(deviceOf(again), deviceOf(first));
  }

  const known = await done(who, "getDevice");
  assert.equal(known.Device.DeviceKey, deviceOf(first));
  assert.ok(known.Device.DeviceLastAuthenticatedDate > known.Device.DeviceCreateDate);
  const listed = await done(who, "listDevices", 10, null);
  assert.deepEqual(listed.Devices.map((device) => device.DeviceKey), [deviceOf(first)]);

  // Another device of the user is another one.
  const other = await onDevice(app, name);
  assert.notEqual(deviceOf(await signIn(other.who, name)), deviceOf(first));
  await done(other.who, "forgetSpecificDevice", deviceOf(first));

  // The first one does not know yet: the library is told, forgets it too and signs in as a new one.
  const anew = await signIn(who, name);
  assert.deepEqual(challenges.splice(0), ["PASSWORD_VERIFIER", "PASSWORD_VERIFIER"]);
  assert.notEqual(deviceOf(anew), deviceOf(first));
  assert.equal((await done(who, "listDevices", 10, null)).Devices.length, 2);
});

test("where the user has to agree, a device is remembered only then", async () => {
  const app = await application(remembering(true));
  const name = await app.user();
  const { who, challenges } = await onDevice(app, name);
  const first = await signIn(who, name);
  assert.equal(first.ask, true);
  const second = await signIn(who, name);
  assert.equal(deviceOf(second), deviceOf(first));
  assert.deepEqual(challenges.splice(0), ["PASSWORD_VERIFIER", "PASSWORD_VERIFIER"]);

  assert.equal(await done(who, "setDeviceStatusRemembered"), "SUCCESS");
  await signIn(who, name);
  assert.deepEqual(challenges.splice(0), ["PASSWORD_VERIFIER", "DEVICE_SRP_AUTH", "DEVICE_PASSWORD_VERIFIER"]);
  assert.equal(await done(who, "setDeviceStatusNotRemembered"), "SUCCESS");
  await signIn(who, name);
  assert.deepEqual(challenges.splice(0), ["PASSWORD_VERIFIER"]);
});
