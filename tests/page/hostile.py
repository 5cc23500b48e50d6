"""An article by somebody who would like the page to run what he wrote."""

from __future__ import annotations

from typing import Any

SCRIPT = "<script>window.owned = true</script>"
IMAGE = "<img src=x onerror=\"window.owned = 'image'\">"

HOSTILE: dict[str, Any] = {
    "id": 'hostile/<b>"quoted"</b>?&#x27;//%2F',
    "title": f"Harbour ferry {IMAGE} {SCRIPT} delayed 🚢",
    "text": (
        f"😀😀 The zeppelin ferry of Quillhaven 🚢 left late. {SCRIPT}\n\n"
        f"{IMAGE} The zeppelin captain said: 🛰️ \u202eno danger\u202c & <b>no</b> delay.\n"
        "A second line 👩‍👩‍👧 follows in the paragraph.\n\n"
        "javascript:alert(1) is all the zeppelin crew wrote. &lt;i&gt;"
    ),
    "source": f"Quill {SCRIPT}",
    "authors": ["<i>Ana</i>", 'x" onmouseover="window.owned=1'],
    "section": "<svg onload=window.owned=2>",
    "published_at": "2026-02-14T08:00:00Z",
    "language": "en",
    "metadata": {"html": SCRIPT},
}
