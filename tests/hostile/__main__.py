"""python -m tests.hostile: write payloads.json from the rules."""

import json

from . import FILE
from .rules import every_payload

FILE.write_text(json.dumps(every_payload(), ensure_ascii=True, indent=0) + "\n", encoding="utf-8")
