/** The box grows with what is written in it. */

/** @param {HTMLTextAreaElement} text */
export function fitBox(text) {
  // Where the style sheet cannot let the field grow by itself.
  if (!CSS.supports("field-sizing", "content")) {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight}px`;
  }
  // A text of several lines has the whole width of a narrow window, above the buttons, until the box is empty again.
  const classes = text.form?.classList;
  if (!text.value) classes?.remove("composer--long");
  else if (!classes?.contains("composer--long") && text.clientHeight > 2 * Number.parseFloat(getComputedStyle(text).lineHeight)) classes?.add("composer--long");
}
