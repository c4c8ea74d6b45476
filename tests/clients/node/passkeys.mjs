// Pools that take passkeys, and what an application does with its users' passkeys.

import {
  CompleteWebAuthnRegistrationCommand,
  DeleteWebAuthnCredentialCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
} from "@aws-sdk/client-cognito-identity-provider";

import { application, cognito, PASSWORD } from "./application.mjs";

export const SITE = "example.com";
export const PAGE = "https://login.example.com";

/** A pool that takes passkeys of SITE. */
export async function withPasskeys(webAuthn = {}, clientSettings = {}) {
  const policies = { SignInPolicy: { AllowedFirstAuthFactors: ["PASSWORD", "WEB_AUTHN"] } };
  const flows = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
  const app = await application({ Policies: policies }, { ExplicitAuthFlows: flows, ...clientSettings });
  await configure(app, webAuthn);
  return app;
}

export const configure = (app, webAuthn, more = {}) =>
  cognito.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: app.poolId,
      ...more,
      WebAuthnConfiguration: { RelyingPartyId: SITE, UserVerification: "required", ...webAuthn },
    }),
  );

export const initiate = (app, flow, parameters) =>
  cognito.send(new InitiateAuthCommand({ ClientId: app.clientId, AuthFlow: flow, AuthParameters: parameters }));

export const respond = (app, challenge, session, responses) =>
  cognito.send(
    new RespondToAuthChallengeCommand({
      ClientId: app.clientId, ChallengeName: challenge, Session: session, ChallengeResponses: responses,
    }),
  );

/** The access token of a password sign-in. */
export async function signedIn(app, name) {
  const answer = await initiate(app, "USER_PASSWORD_AUTH", { USERNAME: name, PASSWORD });
  return answer.AuthenticationResult.AccessToken;
}

export const start = async (AccessToken) =>
  (await cognito.send(new StartWebAuthnRegistrationCommand({ AccessToken }))).CredentialCreationOptions;
export const complete = (AccessToken, Credential) =>
  cognito.send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential }));
export const list = (AccessToken, more = {}) =>
  cognito.send(new ListWebAuthnCredentialsCommand({ AccessToken, ...more }));
export const remove = (AccessToken, CredentialId) =>
  cognito.send(new DeleteWebAuthnCredentialCommand({ AccessToken, CredentialId }));

/** The challenge WEB_AUTHN, asked for by name: its session and its options. */
export async function asked(app, name) {
  const challenge = await initiate(app, "USER_AUTH", { USERNAME: name, PREFERRED_CHALLENGE: "WEB_AUTHN" });
  if (challenge.ChallengeName !== "WEB_AUTHN") throw new Error(`asked for ${challenge.ChallengeName}`);
  return {
    session: challenge.Session,
    options: JSON.parse(challenge.ChallengeParameters.CREDENTIAL_REQUEST_OPTIONS),
  };
}

export const answer = (app, name, session, credential) =>
  respond(app, "WEB_AUTHN", session, { USERNAME: name, CREDENTIAL: JSON.stringify(credential) });

/** Signs in with what `get` makes of the options; resolves with the tokens. */
export async function signInWith(app, name, get) {
  const { session, options } = await asked(app, name);
  return (await answer(app, name, session, await get(options))).AuthenticationResult;
}
