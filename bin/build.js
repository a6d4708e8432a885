/**
 * Bundles the front end into static/dist: the page, its worker and the style sheet, and the scripts of the sandboxes.
 * `node bin/build.js` once, `node bin/build.js --watch` while working on it.
 * Entries keep their names (Django's manifest storage adds a hash); lazy chunks carry their own hash,
 * which WHITENOISE_IMMUTABLE_FILE_TEST in chatsite/settings.py recognises.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { build, context } from "esbuild";

/**
 * Chunks are shared only within a group. A chunk shared by the page and its worker, or by the page and the reviewer's
 * page, would cost the first load a request.
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
    language: "static/js/language.js",
    math: "node_modules/katex/dist/katex.min.css",
    sandbox: "static/css/sandbox.css",
  },
  { gallery: "static/js/gallery/gallery.js", "gallery-style": "static/css/gallery.css" },
  { "gallery-worker": "static/js/worker/gallery.js" },
];
/** These are no modules, because a page without an origin cannot load any. */
const sandboxes = { "sandbox-image": "static/js/sandboxes/image.js", "sandbox-diagram": "static/js/sandboxes/diagram.js" };

/**
 * Puts KaTeX's style sheet into a layer below our components, so that these can set the size of a formula, and drops the
 * font formats that current browsers do not use.
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

/**
 * Puts the modules that the page shares with its lazy chunks into one chunk. By default esbuild makes a dozen, one for
 * each combination of chunks that share modules, and each costs the first load a request.
 * @param {import("esbuild").BuildOptions} options
 * @returns {Promise<import("esbuild").Plugin>}
 */
async function oneCore(options) {
  const app = "static/js/app.js";
  const { metafile } = await build({ ...options, entryPoints: { app }, metafile: true, write: false, logLevel: "error" });
  /** @param {string[]} paths @param {Set<string>} [found] */
  const reached = (paths, found = new Set()) => {
    for (const path of paths) {
      if (found.has(path)) continue;
      found.add(path);
      reached((metafile.inputs[path]?.imports ?? []).filter(({ kind, external }) => kind === "import-statement" && !external).map((each) => each.path), found);
    }
    return found;
  };
  const page = reached([app]);
  const later = new Set(Object.values(metafile.inputs).flatMap(({ imports }) => imports.filter(({ kind }) => kind === "dynamic-import").map(({ path }) => path)));
  const core = [...reached([...later])].filter((path) => page.has(path)).map((path) => `import ${JSON.stringify(resolve(path))};`);
  const lazy = new Set([...later].map((path) => resolve(path)));
  return {
    name: "one-core",
    setup(build) {
      build.onLoad({ filter: /\.js$/ }, ({ path }) => (lazy.has(path) ? { contents: `${readFileSync(path, "utf8")}\n${core.join("\n")}\n` } : undefined));
    },
  };
}

const outdir = "static/dist";
rmSync(outdir, { recursive: true, force: true });
mkdirSync(outdir, { recursive: true });
// Mermaid is distributed as a script that sets a global, and is copied unchanged.
copyFileSync("node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js", `${outdir}/mermaid.js`);

/** @type {import("esbuild").BuildOptions} */
const shared = { outdir, bundle: true, target: "es2022", minify: true, sourcemap: false, legalComments: "linked", logLevel: "info" };
const sandboxed = await context({ ...shared, entryPoints: sandboxes, format: "iife" });
/** @type {import("esbuild").BuildOptions} */
const split = {
  ...shared,
  splitting: true,
  format: "esm",
  chunkNames: "chunks/[name]-[hash]",
  assetNames: "assets/[name]-[hash]",
  loader: { ".woff2": "file", ".svg": "file" },
  plugins: [katexStyle],
};
const core = await oneCore(split);
const modules = await Promise.all(
  groups.map((entryPoints) => context({ ...split, entryPoints, plugins: entryPoints.app ? [katexStyle, core] : [katexStyle] })),
);
for (const each of [sandboxed, ...modules]) {
  if (process.argv.includes("--watch")) await each.watch();
  else {
    await each.rebuild();
    await each.dispose();
  }
}
