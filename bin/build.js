/**
 * Bundles the front end into static/dist: the page, its worker and the style sheet, and the scripts of the sandboxed frames.
 * `node bin/build.js` once, `node bin/build.js --watch` while working on it.
 * Entries keep their names (Django's manifest storage adds a hash); lazy chunks carry their own hash,
 * which WHITENOISE_IMMUTABLE_FILE_TEST in chatsite/settings.py recognises.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { context } from "esbuild";

/**
 * Each group shares chunks with itself only. What the page shares with its worker, or with the reviewer's page, would be
 * cut into a chunk of its own, and cost the first load a request.
 * @type {Record<string, string>[]}
 */
const groups = [
  { app: "static/js/app.js" },
  { worker: "static/js/worker/stream.js" },
  { review: "static/js/review.js" },
  { "review-worker": "static/js/worker/review.js" },
  {
    style: "static/css/global.css",
    "review-style": "static/css/review.css",
    admin: "static/css/admin.css",
    administration: "static/js/admin.js",
    math: "node_modules/katex/dist/katex.min.css",
    frame: "static/css/frame.css",
  },
  { gallery: "static/js/gallery/gallery.js", "gallery-style": "static/css/gallery.css" },
  { "gallery-worker": "static/js/worker/gallery.js" },
];
/** A page without an origin may load no modules. */
const frames = { "frame-image": "static/js/frames/image.js", "frame-diagram": "static/js/frames/diagram.js" };

/**
 * The style sheet of KaTeX, in a layer below our components, which may say how large a formula is; and only with the fonts
 * that browsers of today ask for.
 */
const katexStyle = {
  name: "katex-style",
  /** @param {import("esbuild").PluginBuild} build */
  setup(build) {
    build.onLoad({ filter: /katex\.min\.css$/ }, ({ path }) => ({
      contents: `@layer base{${readFileSync(path, "utf8").replace(/,url\([^)]*\.(woff|ttf)\) ?format\("[a-z]+"\)/g, "")}}`,
      loader: "css",
    }));
  },
};

const outdir = "static/dist";
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
// Mermaid comes as a script that sets a global; it stays as it is.
copyFileSync("node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js", `${outdir}/mermaid.js`);

/** @type {import("esbuild").BuildOptions} */
const shared = { outdir, bundle: true, target: "es2022", minify: true, sourcemap: false, legalComments: "linked", logLevel: "info" };
const framed = await context({ ...shared, entryPoints: frames, format: "iife" });
const modules = await Promise.all(
  groups.map((entryPoints) =>
    context({
      ...shared,
      entryPoints,
      splitting: true,
      format: "esm",
      chunkNames: "chunks/[name]-[hash]",
      assetNames: "assets/[name]-[hash]",
      loader: { ".woff2": "file", ".svg": "file" },
      plugins: [katexStyle],
    }),
  ),
);
for (const each of [framed, ...modules]) {
  if (process.argv.includes("--watch")) await each.watch();
  else {
    await each.rebuild();
    await each.dispose();
  }
}
