// The developer's inbox: conversations by number, in which each SMS appears on arrival.

import { bubble, codeIn, part, time, write } from "./bubble.js";
import { listen } from "./stream.js";

const NUMBER = /^\+\d{4,15}$/;
const OPENED = Date.now() - 10000; // milliseconds; an earlier SMS is not announced

const by = (id) => document.getElementById(id);
const follows = "follow" in by("phone").dataset; // beside the demo, it opens the conversation of each new SMS
const conversations = new Map(); // number -> its row in the list, and its thread
const shown = new Set(); // ids, because a restarted service sends SMS again
let opened = null; // the number whose thread is shown; null shows the list

const urlOf = (to) => (to ? `/dev/inbox?to=${encodeURIComponent(to)}` : "/dev/inbox");

function conversationOf(to) {
  if (!conversations.has(to)) conversations.set(to, { row: newRow(to), thread: newThread(to) });
  return conversations.get(to);
}

function newRow(to) {
  const row = by("conversation").content.firstElementChild.cloneNode(true);
  const link = row.querySelector("a");
  link.href = urlOf(to);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // opens a new tab or window
    event.preventDefault();
    go(to);
  });
  part(row, "to").textContent = to;
  return row;
}

function newThread(to) {
  const thread = document.createElement("ol");
  thread.className = "thread";
  thread.hidden = true;
  thread.ariaLabel = `SMS to ${to}, oldest first`;
  by("threads").append(thread);
  return thread;
}

function show(to) {
  opened = to;
  if (to) delete conversationOf(to).row.dataset.unread;
  for (const [number, { thread }] of conversations) thread.hidden = number !== to;
  by("conversations").hidden = to !== null;
  by("back").hidden = to === null;
  by("banner").hidden = true;
  by("phone-title").textContent = to ?? "Messages";
  by("empty").hidden = to ? conversationOf(to).thread.childElementCount > 0 : shown.size > 0;
  by("screen").scrollTop = to ? by("screen").scrollHeight : 0;
  keepFocus();
}

function focusTitle() {
  by("phone-title").focus({ preventScroll: true });
}

// A hidden element loses the focus, and the next Tab would start at the top of the page.
function keepFocus() {
  const focused = document.activeElement;
  if (focused && !focused.checkVisibility()) focusTitle();
}

// A conversation that the user opens has a URL on the inbox page, and gets the focus.
function go(to) {
  if (!follows) history.pushState(null, "", urlOf(to));
  show(to);
  focusTitle();
}

// An unescaped plus arrives as a space; a value that is no number shows the list.
function showFromUrl() {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  const number = to.trim().replace(/^\+?/, "+");
  show(NUMBER.test(number) ? number : null);
}

// Moving a row removes its focus.
function moveToTop(row) {
  const focused = row.contains(document.activeElement);
  by("conversations").prepend(row);
  if (focused) row.querySelector("a").focus();
}

function add(sms) {
  if (shown.has(sms.id)) return;
  shown.add(sms.id);
  const { row, thread } = conversationOf(sms.to);
  part(row, "at").dateTime = sms.at;
  part(row, "at").textContent = time(sms.at);
  part(row, "text").replaceChildren();
  write(part(row, "text"), sms.text.split("\n", 1)[0], codeIn(sms.text));
  moveToTop(row);
  const earlier = thread.lastElementChild?.querySelector(".vendor");
  if (earlier && !earlier.contains(document.activeElement)) earlier.open = false;
  thread.append(bubble(sms, by("sms")));
  thread.lastElementChild.querySelector(".vendor").open = true;
  announce(sms, row);
}

function announce(sms, row) {
  const isNew = Date.parse(sms.at) > OPENED;
  if (isNew) by("news").textContent = `New SMS for ${sms.to}`;
  if (follows || opened === sms.to) {
    show(sms.to);
    return;
  }
  if (opened === null) by("empty").hidden = true;
  else if (isNew) showBanner(sms);
  if (isNew) row.dataset.unread = "";
}

function showBanner(sms) {
  const banner = by("banner");
  part(banner, "to").textContent = sms.to;
  [part(banner, "text").textContent] = sms.text.split("\n", 1);
  banner.onclick = () => go(sms.to);
  banner.hidden = false;
}

function showConnection(state, text) {
  if (by("line").dataset.state === state) return; // a screen reader would read it again
  by("line").dataset.state = state;
  by("line").textContent = text;
}

by("back").addEventListener("click", () => go(null));
addEventListener("popstate", showFromUrl);
showFromUrl();
listen(by("phone"), { receive: add, show: showConnection });
