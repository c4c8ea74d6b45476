// What the protected API answers: who calls. API Gateway has verified the token; its claims stand in the event.
export async function handler(event) {
  const { sub, username, scope } = event.requestContext.authorizer.jwt.claims;
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sub, username, scopes: scope.split(" ") }),
  };
}
