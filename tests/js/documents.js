/** Documents beside those of the CommonMark specification: what GitHub adds to it, footnotes, formulas, and whole answers. */

/** @type {string[]} the extensions, each alone and beside what it is easily mistaken for */
export const EXTENSIONS = [
  "| foo | bar |\n| --- | --- |\n| baz | bim |",
  "| abc | defghi |\n:-: | -----------:\nbar | baz",
  "| f\\|oo  |\n| ------ |\n| b `\\|` az |\n| b **\\|** im |",
  "| abc | def |\n| --- | --- |\n| bar | baz |\n> bar",
  "| abc | def |\n| --- | --- |\n| bar | baz |\nbar\n\nbar",
  "| abc | def |\n| --- |\n| bar |",
  "| abc | def |\n| --- | --- |\n| bar |\n| bar | baz | boo |",
  "| abc | def |\n| --- | --- |",
  "before\n| a |\n|---|\n| **b** |\n\n- | c |\n  |---|\n  | d |",
  "- [ ] foo\n- [x] bar",
  "- [x] foo\n  - [ ] bar\n  - [x] baz\n- [ ] bim",
  "1. [ ] one\n2. [X] two\n3. [y] no task\n4. [ ]none either",
  "- [ ]\n- [x] **bold** task",
  "~~Hi~~ Hello, world!",
  "This ~~has a\n\nnew paragraph~~.",
  "~~a **b** c~~ and ~one~ and ~~~three~~~",
  "https://example.org/a?b=c&d=e_f_g, (http://example.org/x_(y)) and <https://example.net>.",
  "www.example.org, a@example.org, setup.py and README.md",
  "Here[^1] and there[^longnote].\n\n[^1]: The first.\n\n[^longnote]: Here's one with several blocks.\n\n    Indented paragraphs belong to it.\n\n    ```\n    code\n    ```\n\nThis one does not.",
  "A note[^a] before, a note[^b] after.\n\n[^b]: b first\n[^a]: then a",
  "[^early]: said before it is mentioned\n\nHere[^early].",
  "No note[^none], a [link][^x] and `[^code]`.\n\n[^x]: x",
  "- item[^1]\n\n> quote[^2]\n\n[^1]: one\n[^2]: two **bold\nover two lines**",
  "Twice[^n] the same[^n], and [^N] again.\n\n[^n]: once",
  "[^unused]: nobody mentions it",
  "[^__proto__] [^constructor]\n\n[^__proto__]: p\n[^constructor]: c",
  "[^1]:\n    the text is on the next line\n\nmention[^1]",
  "[^1](https://example.org) ![^1](https://example.org/x.png)\n\n[^1]: note",
  "Area \\(a_1 * b_2\\) and \\[ \\sum_i x_i \\] inside.",
  "$$\nx^2 + y_1\n$$\n\n\\[\na\n+ b\n- c\n\\]\n\nafter",
  "$$ x $$ words behind it, and $$\nnever closed",
  "\\( never closed and _emphasis_",
  "It is $x_1$, $2^n$, $\\alpha$-rays and $a\\$b$.",
  "From $5 to $6, US$5, $5 and 10$, $HOME/$USER and `$x$`.",
  "- $$\n  a = b\n  $$\n- b\n\n> $$\n> c\n> $$",
  "| $a$ | \\(b\\) |\n|---|---|\n| $x|y$ | $$z$$ |",
  "**bold $x$** and *$y*z$*",
  "$$\na\n\nb\n$$",
];

/** Answers as models write them, by what is in them. @type {Record<string, string>} */
export const ANSWERS = {
  everything: `# A title

Some **bold text**, *emphasis*, ~~gone~~, \`code\`, and [a link](https://example.org/a_(b)), a note[^1].

- one **item**
- two with \`code\`
  - nested *deep*

1. first
2. second

- [ ] open
- [x] done

> a quote with **weight**

| left | right |
|:-----|------:|
| \`a\` | **b** |
| c    | d     |

\`\`\`js
const x = "**not bold**";
\`\`\`

So \\(e^{i\\pi} + 1 = 0\\), and $x_1$ is

$$
\\sum_{i=1}^{n}
+ x_i
$$

![a picture](https://example.org/x.png) and the **end** of it[^two].

[^1]: A note with **weight**.
[^two]: And \`another\`.
`,
  "adjacent blocks": "Intro:\n- a\n- b\n\nText\n```sh\nls\n```\n## Next\nmore\n***\nlast",
  "list with code": "1. Do this:\n   ```bash\n   run\n   ```\n2. Then\n\n   a paragraph\n\n3. Done\n",
  "references": "See [one][a] and [two].\n\n[a]: https://example.org/a\n[two]: https://example.org/b 'T'\n\nAgain [a].\n",
  "quotes": "> one\ntwo lazily\n>\n> three\n\nfour\n",
  "math": "Area \\(a_1 * b_2\\) and\n\n$$\nx^2 + y_1\n$$\n\n\\[ \\sum_i x_i \\]\n\nfor $5 and $6, where $n > 1$.\n",
  "notes": "One[^a], two[^b] and one[^a] again.\n\n- three[^c]\n\n[^a]: a\n[^b]: b\n\n    more of b\n[^c]: c\n",
};
