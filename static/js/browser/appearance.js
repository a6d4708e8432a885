/** Light, dark, or the same as the system: set on the page at once, and in a cookie for the pages before the sign-in. */

/** A year, because people choose an appearance once. */
const THEME_SECONDS = 31_536_000;

/** @param {string} theme light, dark, or "" for the system's */
export function showTheme(theme) {
  const root = document.documentElement;
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const meta of document.querySelectorAll("meta[data-scheme]")) {
    const scheme = meta.getAttribute("data-scheme") ?? "";
    meta.setAttribute("media", !theme ? `(prefers-color-scheme: ${scheme})` : theme === scheme ? "all" : "not all");
  }
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; SameSite=Lax; Max-Age=${theme ? THEME_SECONDS : 0}${secure}`;
  for (const input of document.querySelectorAll("input[name=theme]")) {
    if (input instanceof HTMLInputElement) input.checked = input.value === theme;
  }
}

/** The theme that is shown. */
export const shownTheme = () => document.documentElement.dataset.theme ?? "";
