"""What a model may do. TOOLS is the one visible place; a new tool is one file here and one line below.

Pure: no models, no consumers. What a tool may touch is its World (tool.py); who may use it is decided by `chat.runs`.
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
