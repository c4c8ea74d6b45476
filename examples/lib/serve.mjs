// A static host for one folder, with whatever else an application has in `routes`: path → handler(request, response).
import { readFile } from "node:fs/promises";
import http from "node:http";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript", json: "application/json" };

/** Serves until the process ends; resolves to the origin once it listens. */
export function serve(folder, port, routes = {}) {
  const server = http.createServer(async (request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (routes[pathname]) return routes[pathname](request, response);
    const name = pathname === "/" ? "index.html" : pathname.slice(1);
    if (!/^[\w-]+\.(html|js|json)$/.test(name)) return response.writeHead(404).end();
    try {
      const body = await readFile(new URL(name, folder));
      response.writeHead(200, { "content-type": TYPES[name.split(".")[1]], "cache-control": "no-store" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(port, "localhost", () => resolve(`http://localhost:${server.address().port}`));
  });
}
