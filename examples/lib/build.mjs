// Bundles both applications into dist/<name>, ready for any static host: `npm run build`.
import { cp, mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build as bundle } from "esbuild";

const root = new URL("../", import.meta.url);

/** Bundles the site of one application with its configuration, and returns the folder. */
export async function build(name, configuration) {
  const site = new URL(`${name}/site/`, root);
  const dist = new URL(`dist/${name}/`, root);
  await mkdir(dist, { recursive: true });
  await cp(new URL("index.html", site), new URL("index.html", dist));
  await writeFile(new URL("configuration.json", dist), JSON.stringify(configuration, null, 2));
  await bundle({
    entryPoints: [fileURLToPath(new URL("app.mjs", site))],
    outfile: fileURLToPath(new URL("app.js", dist)),
    bundle: true,
    format: "esm",
    minify: true,
    define: { global: "globalThis" },
    logLevel: "error",
  });
  return dist;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Where it is deployed, configuration.json is written with the stack's outputs; see the README of each.
  for (const name of ["spa", "photos"]) await build(name, {});
}
