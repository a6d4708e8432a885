/** Inside the sandbox: one picture, which a person allowed to be loaded. The page around it says what to show. */

const home = new URL(location.href).origin;

addEventListener("message", ({ source, data }) => {
  if (source !== parent || typeof data?.address !== "string") return;
  const image = document.createElement("img");
  image.alt = String(data.alt ?? "");
  image.referrerPolicy = "no-referrer";
  image.addEventListener("load", () => answer({ type: "size", width: image.naturalWidth || 300, height: image.naturalHeight || 150 }));
  image.addEventListener("error", () => answer({ type: "fault" }));
  image.src = data.address;
  document.body.replaceChildren(image);
});

/** @param {Record<string, unknown>} message */
const answer = (message) => parent.postMessage(message, home);
answer({ type: "ready" });

export {};
