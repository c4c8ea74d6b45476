// Sign-in by the authorization code flow with PKCE; tokens stay in memory of the tab's session only.
import { UserManager, WebStorageStateStore } from "oidc-client-ts";

const { issuer, clientId, api } = await (await fetch("configuration.json")).json();
const page = location.origin + location.pathname;
const manager = new UserManager({
  authority: issuer,
  client_id: clientId,
  redirect_uri: page,
  post_logout_redirect_uri: page,
  scope: "openid email profile",
  userStore: new WebStorageStateStore({ store: sessionStorage }),
});
const element = (id) => document.getElementById(id);

if (new URLSearchParams(location.search).has("code")) {
  await manager.signinCallback();
  history.replaceState(null, "", page);
}

async function show() {
  const user = await manager.getUser();
  element("who").textContent = user ? `Signed in as ${user.profile["cognito:username"]}` : "Nobody is signed in";
  element("sign-in").hidden = Boolean(user);
  element("sign-out").hidden = !user;
}

element("sign-in").addEventListener("click", () => manager.signinRedirect());
element("sign-out").addEventListener("click", () => manager.signoutRedirect());
element("call").addEventListener("click", async () => {
  const user = await manager.getUser();
  const answer = await fetch(api, { headers: user ? { authorization: `Bearer ${user.access_token}` } : {} });
  element("answer").textContent = `${answer.status} ${JSON.stringify(await answer.json(), null, 2)}`;
});
await show();
