/** The token that forms and uploads carry. A sign-in in another tab makes it stale, and then the server has a new one. */

/** @returns {HTMLInputElement[]} */
const fields = () => [...document.querySelectorAll("input[name=csrfmiddlewaretoken]")].filter((field) => field instanceof HTMLInputElement);

/** The token that the server wrote into the page's forms. @returns {string} */
export const csrfToken = () => fields()[0]?.value ?? "";

/** Put the token that is valid now into the page's forms; without a connection they keep the old one. */
export async function renewToken() {
  try {
    const answer = await fetch("/account/token/");
    const { token } = await answer.json();
    for (const field of fields()) field.value = token;
  } catch {
    // The next try fails as well, and says so.
  }
}
