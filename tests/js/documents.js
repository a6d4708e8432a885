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
  // Public reports, each in our own words: what people saw in products like this one.
  "含**「重点」**内容。这是**\"取出并重置\"（take-and-reset）模式**的说明。\n\n**注意：**正文从这里开始。**不变。**源码如下。",
  "설정 **\"이름\"**은 필수이고 *강조(強調)*입니다.",
  "设$x$为正实数，当$x>0$时，函数$f(x)=x^2$单调递增。",
  "We have $3 \\times 4 = 12$ and $2 x + 1 = 7$, the $n$th of $1, 2, 3$.",
  "A premium of $740 buys $5 million. Only $59(save $100). US$5, A$7.50, 5$ and 10$. $/PR, ($) and ($). $USD and CAD$, $HOME/$USER, ${a}-${b}.",
  "The system is\n\n\\begin{align}\na &= b + c \\\\\nd &= e - f\n\\end{align}\n\nand \\begin{pmatrix}1 & 2\\end{pmatrix} here.",
  "\\[\na = b\n\n=\n\nc = d\n\\]\n\nThe end.",
  "$$\na = b\n\n- c\n\nThe one above is never closed.\n\n$$d$$",
  "- \\[\n  a\n\n  b\n  \\]\n- c",
  "See \\[1\\], \\[2, 3\\] and \\(optional\\); \\(AB\\) and \\(5\\).",
  "- speed \\$v_s\\$ and costs \\$5 and \\$6",
  "| Step | What |\n|---|---|\n| 1 | Open<br>Fill<br/>Close |\n| 2 | **start**<br />Wait |",
  "H<sub>2</sub>O, x<sup>2</sup>, <kbd>Ctrl</kbd>+<kbd>C</kbd>, <u>under **bold**</u>, <mark>marked</mark>, <SUB>a</SUB>.",
  "*a <sub>b* c</sub> d, <sub>never closed, </sub> and <sub>a<sub>b</sub></sub>.",
  "<details>\n<summary>More `code`</summary>\n\nHidden words.\n\n- a\n- b\n\n</details>\n\nafter",
  "<details><summary>One line</summary>text</details>\n\n- <details>\n  <summary>in a list</summary>\n\n  text\n  </details>\n- b",
  "<details>\n\n<details>\n<summary>inner</summary>\ni\n</details>\n\n```html\n</details>\n```\n</details>",
  "<details>\n<summary>never closed</summary>\n\ntext",
  "one<br>two <!-- a remark\nfor nobody --> three\n\n<!-- and\n\nanother -->\n\n<p align=\"center\">text</p> <!-- never closed",
  "A file:\n\n```markdown\n# Title\n\n```bash\nnpm install\n```\n\n## Usage\n\n```js\nrun();\n```\n\nThe end.\n```\n\nThat was all.",
  "```md\n```js\nnever closed twice\n```\n\ntext",
  "````markdown\n```\na\n```\n````\n\n```markdown\nplain\n```\nafter",
  "- ```markdown\n  ```js\n  a\n  ```\n  ```\n- b",
  "读https://example.com/issues/48，然后。见 https://example.com/docs（中文）。中文https://example.com英文，https://example.com/a查看，https://zh.wikipedia.org/wiki/中文。",
  "https://a.example，https://b.example 와 https://c.example에서, (https://d.example/x_(y)).",
  "| Theorem | Formula |\n|---|---|\n| Bayes | $P(A | B) = \\frac{P(AB)}{P(B)}$ |\n| `(1 | group)` | random |\n| $5 | 6$ |\n| \\(a | b\\) | c \\| d |",
  "| a | b | c |\n|---|---|\n| 1 | 2 | 3 |\n\n| a | b |\n|:-:|--:|---|\n| 1 | 2 |",
  "1. one\n  - sub\n    more of it\n  - sub\n2. two\n\n  - also\n10. ten\n  - x\n\ntext",
  "[file](https://example.org/new?title=Bug: it fails&labels=bug, area) and [a](https://example.org/x y \"title\") and [b](c d).",
  "5~7U and 100~200, ~a~ and LON:DGE",
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
