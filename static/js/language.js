/**
 * Another language on a page with a form: what was typed is there again afterwards. Passwords are not: they are stored
 * nowhere. Without this script the page works, and the form is empty.
 */

const KEY = "parley.form";
const KEPT = "input:is([type=text], [type=email], [type=checkbox]):not(.plain__foot *)";

/** @returns {HTMLInputElement[]} */
const fields = () => [...document.querySelectorAll(KEPT)].filter((field) => field instanceof HTMLInputElement);

document.querySelector(".plain__foot")?.addEventListener("submit", () => {
  const typed = fields().map(({ name, value, checked }) => ({ name, value, checked }));
  sessionStorage.setItem(KEY, JSON.stringify({ path: location.pathname, typed }));
});

const { path, typed } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
sessionStorage.removeItem(KEY);
if (path === location.pathname) {
  for (const field of fields()) {
    const before = typed.find((/** @type {HTMLInputElement} */ { name }) => name === field.name);
    if (before) Object.assign(field, { value: before.value, checked: before.checked });
  }
}
