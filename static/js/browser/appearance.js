/** Light, dark, or as the system has it: on the page at once, and in a cookie for the pages before one is signed in. */

/** A year: a choice of appearance is made once. */
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
  for (const choice of document.querySelectorAll("input[name=theme]")) {
    if (choice instanceof HTMLInputElement) choice.checked = choice.value === theme;
  }
}

/** The theme that is shown. */
export const shownTheme = () => document.documentElement.dataset.theme ?? "";
