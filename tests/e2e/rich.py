"""An answer with everything that an answer can contain; `{elsewhere}` is the address of its picture."""

RICH = r"""## What changed

The export reads in **pages by key**, see the [notes](https://example.org/notes) and the figures below.[^sizes] A link may
pretend: [https://bank.example](https://elsewhere.example/login).

- [x] measure the lock
- [ ] ship it ~~today~~ tomorrow
  1. first the replica
  2. then the rest

```python
def export(connection, write, page=5_000):
    last = 0
    while rows := connection.execute("SELECT * FROM orders WHERE id > %s ORDER BY id LIMIT %s", (last, page)).fetchall():
        write(rows)
        last = rows[-1].id  # the next page begins behind it
```

| step | seconds | share |
|:-----|--------:|:-----:|
| read `orders` | 12.4 | **61 %** |
| write a \| b | -3 | 39 % |
| =SUM(A1) | $x^2$ | |

The mean of a sample is \(\bar{x} = \frac{1}{n}\sum_{i=1}^{n} x_i\), and for $5 it costs $e^{i\pi} + 1 = 0$:

$$
\int_{-\infty}^{\infty} e^{-x^2}\,dx = \sqrt{\pi}
\qquad
\begin{pmatrix} a & b \\ c & d \end{pmatrix}
$$

A formula that is broken stays as it is: \(\frac{1}{\).

```mermaid
flowchart LR
  browser[Browser] -->|asks| server(Server)
  server --> model{Model}
  model -->|tokens| server
  server -->|patches| browser
```

![A drawing of the sun]({elsewhere}/sun.png)

> Quoted, with `code` in it.

> هذا اقتباس بالعربية

- قائمة بالعربية، وفيها `code`
- عنصر ثان

שלום, this paragraph begins in Hebrew and ends in English.

[^sizes]: From the sizes of *last week*: 3.1 GB before, 60 MB after.

    A second paragraph of the note.

That is all.
"""
