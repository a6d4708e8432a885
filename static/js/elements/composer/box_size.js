/** Lets the composer's box grow with what is written in it. */

/** @param {HTMLTextAreaElement} text */
export function fitBox(text) {
  // This is for browsers in which the style sheet cannot do it.
  if (!CSS.supports("field-sizing", "content")) {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }
  // A text of several lines takes the whole width of a narrow window, above the buttons, until the box is empty again.
  const classes = text.form?.classList;
  if (!text.value) classes?.remove("composer--long");
  else if (!classes?.contains("composer--long") && text.clientHeight > 2 * Number.parseFloat(getComputedStyle(text).lineHeight)) classes?.add("composer--long");
}
