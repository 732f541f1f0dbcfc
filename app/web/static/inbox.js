// The developer's inbox: conversations by number, in which each SMS appears by itself.

import { bubble, codeIn, part, time, write } from "./bubble.js";
import { listen } from "./stream.js";

const NUMBER = /^\+\d{4,15}$/;
const OPENED = Date.now() - 10000; // milliseconds; an SMS from before is no news

const by = (id) => document.getElementById(id);
const follows = "follow" in by("phone").dataset; // beside the demo it opens whatever arrives
const conversations = new Map(); // number -> its row in the list, and its thread
const shown = new Set(); // ids, for what is told again by a service that was started anew
let opened = null; // the number whose thread is shown; null shows the list

const addressOf = (to) => (to ? `/dev/inbox?to=${encodeURIComponent(to)}` : "/dev/inbox");

function conversationOf(to) {
  if (!conversations.has(to)) conversations.set(to, { row: newRow(to), thread: newThread(to) });
  return conversations.get(to);
}

function newRow(to) {
  const row = by("conversation").content.firstElementChild.cloneNode(true);
  const link = row.querySelector("a");
  link.href = addressOf(to);
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a tab or a window of its own
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

// What is hidden loses the focus, and a keyboard would be back at the top of the page.
function keepFocus() {
  const focused = document.activeElement;
  if (focused && !focused.checkVisibility()) focusTitle();
}

// What a person opens has an address on the phone's own page, and takes the focus along.
function go(to) {
  if (!follows) history.pushState(null, "", addressOf(to));
  show(to);
  focusTitle();
}

// A plus that was not escaped arrives as a space; what is no number shows the list.
function showWhatTheAddressSays() {
  const to = new URLSearchParams(location.search).get("to") ?? "";
  const number = to.trim().replace(/^\+?/, "+");
  show(NUMBER.test(number) ? number : null);
}

// A row that is moved loses the focus.
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
  tellOf(sms, row);
}

function tellOf(sms, row) {
  const isNews = Date.parse(sms.at) > OPENED;
  if (isNews) by("news").textContent = `New SMS for ${sms.to}`;
  if (follows || opened === sms.to) {
    show(sms.to);
    return;
  }
  if (opened === null) by("empty").hidden = true;
  else if (isNews) raiseBanner(sms);
  if (isNews) row.dataset.unread = "";
}

function raiseBanner(sms) {
  const banner = by("banner");
  part(banner, "to").textContent = sms.to;
  [part(banner, "text").textContent] = sms.text.split("\n", 1);
  banner.onclick = () => go(sms.to);
  banner.hidden = false;
}

function showLine(state, words) {
  if (by("line").dataset.state === state) return; // it would be read aloud once more
  by("line").dataset.state = state;
  by("line").textContent = words;
}

by("back").addEventListener("click", () => go(null));
addEventListener("popstate", showWhatTheAddressSays);
showWhatTheAddressSays();
listen(by("phone"), { tell: add, show: showLine });
