/**
 * Inside the sandbox: one Mermaid diagram. Its library writes HTML and styles, which only this page without an origin
 * allows; the text comes by message, and a size or a reason goes back.
 */

/** @type {any} */
const mermaid = /** @type {any} */ (globalThis).mermaid;
const home = new URL(location.href).origin;

/** Warm neutrals and the accent of the page around it; Mermaid does not read OKLCH. */
const LIGHT = {
  background: "#f5f2ec", edgeLabelBackground: "#f5f2ec", primaryColor: "#f0ece4", primaryTextColor: "#2b2622", primaryBorderColor: "#a9a196", lineColor: "#6b645b",
  secondaryColor: "#e0eee9", tertiaryColor: "#f7f4ee", noteBkgColor: "#f6efdc", noteTextColor: "#2b2622", textColor: "#2b2622",
};
const DARK = {
  background: "#191715", edgeLabelBackground: "#191715", primaryColor: "#322e29", primaryTextColor: "#e3dfd8", primaryBorderColor: "#7a736a", lineColor: "#aaa39a",
  secondaryColor: "#20403a", tertiaryColor: "#282521", noteBkgColor: "#3d3524", noteTextColor: "#e3dfd8", textColor: "#e3dfd8",
};

addEventListener("message", ({ source, data }) => {
  if (source === parent && typeof data?.source === "string") void draw(data.source, Boolean(data.dark));
});

/** @param {string} source @param {boolean} dark */
async function draw(source, dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    maxTextSize: 50_000,
    maxEdges: 500,
    // A diagram may not change these settings, nor styles that could name an address.
    secure: ["secure", "securityLevel", "startOnLoad", "maxTextSize", "maxEdges", "suppressErrorRendering", "themeCSS", "fontFamily", "altFontFamily"],
    theme: "base",
    darkMode: dark,
    fontFamily: "system-ui, sans-serif",
    themeVariables: { darkMode: dark, fontSize: "14px", ...(dark ? DARK : LIGHT) },
  });
  const holder = document.createElement("div");
  holder.className = "diagram";
  holder.textContent = source;
  document.body.replaceChildren(holder);
  try {
    await mermaid.run({ nodes: [holder] });
    const { width, height } = holder.getBoundingClientRect();
    answer({ type: "size", width, height: Math.ceil(height) });
  } catch (error) {
    answer({ type: "fault", reason: error instanceof Error ? error.message : String(/** @type {any} */ (error)?.str ?? error) });
  }
}

// A diagram is only to be looked at, so its links do nothing.
addEventListener("click", (event) => event.preventDefault(), { capture: true });

addEventListener("resize", () => {
  const box = document.querySelector(".diagram svg")?.parentElement?.getBoundingClientRect();
  if (box) answer({ type: "size", width: box.width, height: Math.ceil(box.height) });
});

/** @param {Record<string, unknown>} message */
const answer = (message) => parent.postMessage(message, home);
answer({ type: "ready" });

export {};
