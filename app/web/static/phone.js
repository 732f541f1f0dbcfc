// The developer's phone: each SMS appears by itself; the buttons play the vendor's reports.

const by = (id) => document.getElementById(id);
const reports = `/v1/reports/phone/${encodeURIComponent(by("phone").dataset.reportToken)}`;
const shown = new Set(); // ids, for what is told again after a reconnection

// The code stands out: the digits of the last, machine-readable line, or else the first ones.
function write(place, text) {
  const code = (text.match(/#(\d{4,10})$/) ?? text.match(/(\d{4,10})/))?.[1];
  const [before, ...after] = code ? text.split(code) : [text];
  place.append(before);
  if (!code) return;
  const strong = document.createElement("strong");
  strong.textContent = code;
  place.append(strong, after.join(code));
}

async function report(sms, button, place) {
  const { status } = button.dataset;
  place.dataset.status = "";
  place.textContent = "…";
  const body = JSON.stringify({ id: sms.id, reference: sms.message_id, to: sms.to, status });
  try {
    const response = await fetch(reports, { method: "POST", headers: { "content-type": "application/json" }, body });
    place.dataset.status = response.ok ? status : "refused";
    place.textContent = response.ok ? status : "The service refused this report.";
  } catch {
    place.dataset.status = "refused";
    place.textContent = "The service cannot be reached.";
  }
}

function add(sms) {
  if (shown.has(sms.id)) return;
  shown.add(sms.id);
  const item = by("sms").content.firstElementChild.cloneNode(true);
  const part = (name) => item.querySelector(`[data-part="${name}"]`);
  part("to").textContent = sms.to;
  part("at").dateTime = sms.at;
  part("at").textContent = new Date(sms.at).toLocaleTimeString();
  write(part("text"), sms.text);
  for (const button of item.querySelectorAll("button")) {
    button.addEventListener("click", () => report(sms, button, part("status")));
  }
  by("messages").prepend(item);
  by("empty").hidden = true;
  by("news").textContent = `New SMS for ${sms.to}`;
}

function line(state, words) {
  by("line").dataset.state = state;
  by("line").textContent = words;
}

// `after=` asks for all that is kept; a browser that reconnects says itself what it saw last.
function connect() {
  const events = new EventSource("/dev/phone/events?after=");
  events.onopen = () => line("open", "Connected");
  events.onmessage = (event) => add(JSON.parse(event.data));
  events.onerror = () => {
    line("lost", "Connection lost, trying again …");
    // A browser gives up for good after an answer that is no stream, as a proxy's 502 is.
    if (events.readyState === EventSource.CLOSED) setTimeout(connect, 3000);
  };
}

connect();
