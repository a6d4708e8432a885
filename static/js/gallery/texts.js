/** What is said in the gallery: every kind of text that an answer can hold. */

export const PROSE = `The index is used for the **first** condition only, because the two columns are ordered one after the other, not side by side.

## What happens, step by step

1. SQLite walks the index to the first row of the range.
2. It reads *every* row from there, and throws away those whose \`status\` differs.
3. With ten million rows that is the slow part.

> An index is a sorted copy. Ask what it is sorted by, and most questions answer themselves.

- [x] Look at the query plan
- [ ] Swap the columns
- [ ] Measure again on a copy of the table

A link says where it leads: [the documentation](https://www.sqlite.org/queryplanner.html), and https://example.org/a/bare/address too. ~~Never mind~~ the old hint.[^1]

[^1]: It was written for version 3.8, when the planner could not skip.`;

export const CODE = `Two lines, and a long one that scrolls inside its own frame:

\`\`\`python
def totals(rows: Iterable[Row]) -> dict[str, int]:
    """Sum by name; rows may repeat."""
    found: dict[str, int] = {}
    for row in rows:
        found[row.name] = found.get(row.name, 0) + row.amount  # no defaultdict: the result is compared with == in a hundred and seven tests
    return found
\`\`\`

\`\`\`sql
CREATE INDEX orders_by_status ON orders (status, created_at);
\`\`\`

\`\`\`
plain text, no language
\`\`\``;

export const TABLE = `| City | Country | People | Metro, km | Opened | Remarks |
|:--|:--|--:|--:|:-:|---|
| Oslo | Norway | 717,710 | 85 | 1966 | the deepest station lies 47 m below the street |
| Lisboa | Portugal | 567,131 | 44 | 1959 | tiles |
| 東京 | 日本 | 14,195,730 | 304 | 1927 | two companies |

And a short one:

| a | b |
|---|---|
| 1 | 2 |`;

export const MATH = `The mean is \\(\\bar{x} = \\frac{1}{n}\\sum_{i=1}^{n} x_i\\), and its spread

$$
s = \\sqrt{\\frac{1}{n-1}\\sum_{i=1}^{n}\\left(x_i - \\bar{x}\\right)^2}
$$

so that about 95 % lie within $2s$. Prices such as $5 and $10 stay prices.`;

export const DIAGRAM = `\`\`\`mermaid
graph LR
  Ask --> Stored --> Streamed --> Read
\`\`\``;

export const PICTURE = "![A cat on a keyboard](https://pictures.example/cat.png) is not loaded until you ask for it.";
export const LONG = `Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft${"long".repeat(40)} and \`${"code_without_a_break".repeat(12)}\` https://example.org/${"path/".repeat(40)}`;
export const ARABIC = `تُخزَّن كل إجابة **قبل** أن تُعرض. لذلك لا يضيع حرف واحد.

1. أغلق الصفحة.
2. عُد إليها لاحقًا.

الأمر \`bin/up\` يبدأ الخادم.`;
export const HEBREW = "שאלה קצרה: מה ההבדל בין `TEXT` לבין `VARCHAR(255)` ב-PostgreSQL?";
export const JAPANESE = "保存してから表示します。だから一文字も失われません。**表** は横にスクロールできます。";
export const THOUGHT = "The person asks why the index is not used. The columns are in the wrong order. I should say so first, then show the plan, and only then the fix.";
export const STREAMED = "The answer grows here, word by word, and nothing above it moves. Half of a **bold** word never shows its stars, and a code block has its frame from the first li";
