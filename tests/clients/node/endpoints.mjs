// Where the running stack is; `make test` and .dev/env set these variables.

function setting(name) {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: run \`make test\`, or \`source .dev/env\` beside a running \`make dev\``);
  }
  return value;
}

export const endpoint = setting("GATEHOUSE_ENDPOINT");
export const region = setting("AWS_REGION");
export const poolId = setting("GATEHOUSE_USER_POOL_ID");
export const clientId = setting("GATEHOUSE_CLIENT_ID");
export const issuer = `${setting("GATEHOUSE_ISSUER_BASE")}/${poolId}`;
export const mailbox = setting("GATEHOUSE_MAILBOX_URL");
export const credentials = {
  accessKeyId: setting("AWS_ACCESS_KEY_ID"),
  secretAccessKey: setting("AWS_SECRET_ACCESS_KEY"),
};

/** A name that no other test has. */
export function unique(prefix = "user") {
  return `${prefix}-${crypto.randomUUID().slice(0, 13)}`;
}

/** The code of the newest message to an address, once there is one. */
export async function codeFor(address, seconds = 15) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const response = await fetch(`${mailbox}/?to=${encodeURIComponent(address)}`);
    const found = (await response.json()).find((message) => message.code);
    if (found) return found.code;
    if (Date.now() > deadline) throw new Error(`no code was sent to ${address} within ${seconds} s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** For a SimpleJwksCache of aws-jwt-verify, whose own fetcher insists on https. */
export const jwksFetcher = {
  async fetch(uri) {
    const response = await fetch(uri);
    if (!response.ok) throw new Error(`${uri}: ${response.status}`);
    return response.arrayBuffer();
  },
};
