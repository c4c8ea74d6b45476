// The photo app on this machine: `npm run photos`. It talks to Gatehouse and S3 alone; there is nothing between.
import { build } from "../lib/build.mjs";
import { appClient, gatehouse } from "../lib/gatehouse.mjs";
import { serve } from "../lib/serve.mjs";

const { endpoint, region, poolId, issuer, identityPoolId, photoBucket: bucket, s3 } = gatehouse;
// The demo identity pool takes tokens of the demo client; a pool of one's own names its clients in CognitoIdentityProviders.
const clientId = process.env.GATEHOUSE_CLIENT_ID ?? (await appClient("photos-example", {}));
const configuration = { endpoint, region, poolId, issuer, clientId, identityPoolId, bucket, s3 };
const folder = await build("photos", configuration);
console.log(`The photo app is at ${await serve(folder, Number(process.env.PORT ?? 8081))}; Ctrl-C ends it.`);
