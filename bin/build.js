/**
 * Bundles the front end into static/dist: the page, its worker and the style sheet.
 * `node bin/build.js` once, `node bin/build.js --watch` while working on it.
 * Entries keep their names (Django's manifest storage adds a hash); lazy chunks carry their own hash,
 * which WHITENOISE_IMMUTABLE_FILE_TEST in chatsite/settings.py recognises.
 */
import { existsSync, rmSync } from "node:fs";
import { context } from "esbuild";

const entries = {
  app: "static/js/app.js",
  worker: "static/js/worker/stream.js",
  style: "static/css/global.css",
  review: "static/js/review.js",
  "review-worker": "static/js/worker/review.js",
  "review-style": "static/css/review.css",
  admin: "static/css/admin.css",
  administration: "static/js/admin.js",
};

const outdir = "static/dist";
const present = Object.fromEntries(Object.entries(entries).filter(([, path]) => existsSync(path)));

rmSync(outdir, { recursive: true, force: true });
const build = await context({
  entryPoints: present,
  outdir,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  sourcemap: false,
  legalComments: "linked",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "file" },
  logLevel: "info",
});
if (process.argv.includes("--watch")) await build.watch();
else {
  await build.rebuild();
  await build.dispose();
}
