// CloudFront as a local deployment has it: runs the distribution's function on every request and passes the request on to
// the API with the header that the distribution adds. Arguments: port, the local AWS's port, the API's id, the function's
// file. The secret is in EDGE_SECRET. The API is named in the path, since MiniStack keeps /oauth2 of every host to itself.
import { readFileSync } from "node:fs";
import http from "node:http";
import vm from "node:vm";

const [port, upstream, api, file] = process.argv.slice(2);
const handler = load(readFileSync(file, "utf8"));

/** The function of CloudFront's runtime in a world of its own. */
function load(code) {
  const world = vm.createContext({ Object });
  vm.runInContext(`${code}\n;globalThis.run = handler;`, world);
  return world.run;
}

/** The event of a viewer's request, with what the function reads. */
function event(request, uri) {
  const headers = {};
  for (const [name, value] of Object.entries(request.headers)) {
    headers[name] = { value: Array.isArray(value) ? value.join(", ") : value };
  }
  return { viewer: { ip: request.socket.remoteAddress.replace("::ffff:", "") }, request: { method: request.method, uri, headers } };
}

http
  .createServer((request, response) => {
    const [path, query] = request.url.split(/\?(.*)/s);
    const { uri, headers } = handler(event(request, path));
    const passed = Object.fromEntries(Object.entries(headers).map(([name, { value }]) => [name, value]));
    const addressed = `/_aws/execute-api/${api}/$default${uri}`;
    const forward = http.request(
      {
        host: "127.0.0.1",
        port: upstream,
        method: request.method,
        path: query === undefined ? addressed : `${addressed}?${query}`,
        headers: { ...passed, host: `127.0.0.1:${upstream}`, "x-gatehouse-edge": process.env.EDGE_SECRET },
      },
      (answer) => {
        response.writeHead(answer.statusCode, answer.rawHeaders);
        answer.pipe(response);
      },
    );
    forward.on("error", (error) => response.writeHead(502).end(error.message));
    request.pipe(forward);
  })
  .listen(Number(port), "localhost");
