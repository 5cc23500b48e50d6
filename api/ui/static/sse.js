/** Server-sent events of a response to any request; EventSource can only GET. */

const END_OF_LINE = /\r\n|\n|\r/;

/**
 * The events of a stream of bytes as `{type, data}`, as they come; the rules are those of
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export async function* events(stream) {
  const pending = { type: "", data: [] };
  for await (const line of lines(stream)) {
    if (line !== "") {
      field(line, pending);
      continue;
    }
    if (pending.data.length) {
      yield { type: pending.type || "message", data: pending.data.join("\n") };
    }
    Object.assign(pending, { type: "", data: [] });
  }
}

function field(line, pending) {
  const colon = line.indexOf(":");
  const name = colon < 0 ? line : line.slice(0, colon);
  const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
  if (name === "event") pending.type = value;
  else if (name === "data") pending.data.push(value);
}

async function* lines(stream) {
  let text = "";
  for await (const piece of pieces(stream)) {
    text += piece;
    for (;;) {
      const end = END_OF_LINE.exec(text);
      // A CR that ends the text so far may be the first half of a CRLF.
      if (!end || (end[0] === "\r" && end.index === text.length - 1)) break;
      yield text.slice(0, end.index);
      text = text.slice(end.index + end[0].length);
    }
  }
  if (text.endsWith("\r")) yield text.slice(0, -1);
}

async function* pieces(stream) {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      yield decoder.decode(value, { stream: !done });
      if (done) return;
    }
  } finally {
    // Also where nobody wants the rest: the server is to notice.
    await reader.cancel();
  }
}
