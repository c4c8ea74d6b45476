// The running Gatehouse, from the environment that `source .dev/env` sets, and an app client in its demo pool.
import {
  CognitoIdentityProviderClient,
  CreateUserPoolClientCommand,
  DescribeUserPoolClientCommand,
  ListUserPoolClientsCommand,
  UpdateUserPoolClientCommand,
} from "@aws-sdk/client-cognito-identity-provider";

function setting(name) {
  const value = process.env[name];
  if (!value) {
    console.error(`${name} is not set: run \`make dev\` in one terminal, and \`source .dev/env\` in this one.`);
    process.exit(1);
  }
  return value;
}

export const gatehouse = {
  endpoint: setting("GATEHOUSE_ENDPOINT"),
  region: setting("AWS_REGION"),
  poolId: setting("GATEHOUSE_USER_POOL_ID"),
  issuer: `${setting("GATEHOUSE_ISSUER_BASE")}/${setting("GATEHOUSE_USER_POOL_ID")}`,
  identityPoolId: setting("GATEHOUSE_IDENTITY_POOL_ID"),
  photoBucket: setting("GATEHOUSE_PHOTO_BUCKET"),
  s3: setting("AWS_ENDPOINT_URL_S3"),
};

/** The id of the client of that name, with these settings; made where it is missing. */
export async function appClient(name, settings) {
  const { endpoint, region, poolId: UserPoolId } = gatehouse;
  const cognito = new CognitoIdentityProviderClient({ endpoint, region });
  let found, NextToken;
  do {
    const page = await cognito.send(new ListUserPoolClientsCommand({ UserPoolId, NextToken, MaxResults: 60 }));
    found ??= page.UserPoolClients.find((client) => client.ClientName === name);
    NextToken = page.NextToken;
  } while (!found && NextToken);
  if (!found) {
    const made = await cognito.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: name, ...settings }));
    return made.UserPoolClient.ClientId;
  }
  const { ClientId } = found;
  const { UserPoolClient } = await cognito.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
  const { CreationDate, LastModifiedDate, ClientSecret, ...kept } = UserPoolClient;
  await cognito.send(new UpdateUserPoolClientCommand({ ...kept, ...settings }));
  return ClientId;
}
