// Signs in by SRP, trades the ID token for AWS credentials, and keeps photos under the identity's own prefix: the role's
// policy lets nobody see or write another's.
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { fromCognitoIdentityPool } from "@aws-sdk/credential-provider-cognito-identity";
import { AuthenticationDetails, CognitoUser, CognitoUserPool } from "amazon-cognito-identity-js";

const configuration = await (await fetch("configuration.json")).json();
const { endpoint, region, poolId, issuer, clientId, identityPoolId, bucket, s3: s3Endpoint } = configuration;
const pool = new CognitoUserPool({ UserPoolId: poolId, ClientId: clientId, endpoint, Storage: sessionStorage });
const element = (id) => document.getElementById(id);
const say = (text) => (element("status").textContent = text);

let s3, prefix;

function signIn(Username, Password) {
  const user = new CognitoUser({ Username, Pool: pool, Storage: sessionStorage });
  return new Promise((onSuccess, onFailure) => {
    user.authenticateUser(new AuthenticationDetails({ Username, Password }), { onSuccess, onFailure });
  });
}

async function open(idToken) {
  const credentials = fromCognitoIdentityPool({
    identityPoolId,
    clientConfig: { region, endpoint },
    logins: { [issuer.split("://")[1]]: idToken },
  });
  prefix = `${(await credentials()).identityId}/`;
  s3 = new S3Client({ region, credentials, ...(s3Endpoint && { endpoint: s3Endpoint, forcePathStyle: true }) });
}

async function show() {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
  const images = await Promise.all(
    Contents.map(async ({ Key }) => {
      const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
      const image = new Image();
      image.alt = Key.slice(prefix.length);
      image.src = URL.createObjectURL(new Blob([await Body.transformToByteArray()], { type: ContentType }));
      return image;
    }),
  );
  element("photos").replaceChildren(...images);
  say(`${images.length} photo(s)`);
}

element("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(event.target));
  try {
    const session = await signIn(username, password);
    await open(session.getIdToken().getJwtToken());
    event.target.hidden = true;
    element("mine").hidden = false;
    await show();
  } catch (error) {
    say(error.message);
  }
});

element("file").addEventListener("change", async ({ target }) => {
  const [file] = target.files;
  if (!file) return;
  const Body = new Uint8Array(await file.arrayBuffer());
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: prefix + file.name, Body, ContentType: file.type }));
    await show();
  } catch (error) {
    say(error.message);
  }
});
