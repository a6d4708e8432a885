/**
 * The only script that we add to the administration: the button that copies an invitation's link, which is shown once.
 * Without it the link is selected in its field.
 */
const link = document.getElementById("invitation-link");
const button = document.getElementById("copy-link");

if (link instanceof HTMLInputElement && button) {
  button.hidden = false;
  link.select();
  button.addEventListener("click", async () => {
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
    } catch {
      return; // the browser forbids it, for example over plain http: the link stays selected for the keyboard
    }
    button.textContent = button.dataset.copied ?? "";
  });
}
