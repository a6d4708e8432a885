"""What a model may do. TOOLS lists every tool; a new one is a file in this room and a line below.

Pure: no models, no sockets. A tool reaches the rest of Parley only through its Access (tool.py); `chat.runs` decides who
may use it.
"""

from chat.tools import calculator, current_time, read_attachment, read_web_page, search_conversations
from chat.tools.tool import Tool

TOOLS: dict[str, Tool] = {
    tool.name: tool
    for tool in (
        current_time.TOOL,
        calculator.TOOL,
        search_conversations.TOOL,
        read_attachment.TOOL,
        read_web_page.TOOL,
    )
}

__all__ = ["TOOLS", "Tool"]
