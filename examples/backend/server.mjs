// The backend of both examples, in Node alone: it serves the built page, and logs a session in by its proof.
//
//   node server.mjs <folder of the built page>

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";

const api = "http://127.0.0.1:8000";
const secretKey = "sk_dev"; // in production from the environment, never in a page
const folder = process.argv[2];
const port = Number(process.env.PORT ?? 3000);
const types = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css" };
const sessions = new Map(); // id in the cookie -> session; use the sessions of your framework

// A page gets its session with the HTML, so that all its requests belong to the same one.
function sessionOf(request, response) {
  const id = /(?:^|; )session=([\w-]+)/.exec(request.headers.cookie ?? "")?.[1];
  if (sessions.has(id)) return sessions.get(id);
  const newId = randomUUID();
  const session = { reference: randomUUID(), phoneNumber: null };
  sessions.set(newId, session);
  response.setHeader("Set-Cookie", `session=${newId}; HttpOnly; SameSite=Strict; Path=/`);
  return session;
}

// Returns the claims of a proof the first time, and `{active: false}` from then on.
async function redeem(proof) {
  const headers = { authorization: `Bearer ${secretKey}`, "content-type": "application/json" };
  const answer = await fetch(`${api}/v1/proofs/redeem`, { method: "POST", headers, body: JSON.stringify({ proof }) });
  if (!answer.ok) throw new Error(`redeem: ${answer.status}`);
  return answer.json();
}

// A proof of another session or for another purpose is refused.
async function logIn(session, proof) {
  const claims = await redeem(proof);
  if (!claims.active || claims.purpose !== "login" || claims.nonce !== session.reference) return false;
  session.phoneNumber = claims.sub;
  return true;
}

async function textOf(request) {
  let text = "";
  for await (const piece of request.setEncoding("utf8")) {
    text += piece;
    if (text.length > 4096) throw new Error("The body is too large");
  }
  return text;
}

async function answer(request, response) {
  const session = sessionOf(request, response);
  const path = new URL(request.url, "http://localhost").pathname; // without `..`
  if (request.method === "POST" && path === "/login") {
    const isLoggedIn = await logIn(session, await textOf(request));
    response.writeHead(isLoggedIn ? 200 : 403, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ phone_number: session.phoneNumber }));
  } else if (path === "/session") {
    response.writeHead(200, { "Content-Type": "application/json", "Cache-Control": "no-store" });
    response.end(JSON.stringify({ reference: session.reference }));
  } else {
    const file = path === "/" ? "/index.html" : path;
    const content = await readFile(join(folder, file));
    response.writeHead(200, { "Content-Type": types[extname(file)] ?? "application/octet-stream" });
    response.end(content);
  }
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    response.writeHead(error.code === "ENOENT" ? 404 : 500);
    response.end();
  });
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
