/** Requests to the server the page came from, and errors in words. */

/** What went wrong, in words for people; `status` is 0 where there was no answer. */
export class Problem extends Error {
  constructor(title, detail, status = 0) {
    super(title);
    this.detail = detail;
    this.status = status;
  }

  /** A problem of the members that RFC 9457 names. */
  static of({ title, detail, status }) {
    return new Problem(title ?? "Something went wrong", detail ?? "", status);
  }
}

const UNREACHABLE = new Problem(
  "The server cannot be reached",
  "See whether it runs and the network is there, then try again.",
);

/** GET an address and read its JSON; throws Problem. */
export async function get(path, signal) {
  return (await request(path, { signal })).json();
}

/** POST a body as JSON and read the JSON answered; throws Problem. */
export async function post(path, body, signal) {
  return (await send(path, body, signal)).json();
}

/** POST a body as JSON; the response as it begins, for who reads it as it comes; throws Problem. */
export function send(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return request(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

async function request(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw UNREACHABLE;
  }
  if (response.ok) return response;
  throw await problemIn(response);
}

async function problemIn(response) {
  if (response.headers.get("Content-Type")?.startsWith("application/problem+json")) {
    return Problem.of(await response.json());
  }
  const { status, statusText } = response;
  return new Problem("The server did not answer as it should", `${status} ${statusText}`, status);
}
