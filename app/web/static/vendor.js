// The buttons that simulate the vendor: each reports one SMS to the service and shows the response.

const DELAY = 5; // seconds
const STATUS = { deliver: "delivered", buffer: "buffered", fail: "failed", delay: "delivered" };

const second = () => new Promise((done) => setTimeout(done, 1000));

async function post(sms, status) {
  const body = JSON.stringify({ id: sms.id, reference: sms.message_id, to: sms.to, status });
  try {
    const response = await fetch(sms.reports, { method: "POST", headers: { "content-type": "application/json" }, body });
    const reply = response.ok ? await response.text() : (await response.json()).code;
    return { ok: response.ok, text: `The service answered ${response.status} ${reply}.` };
  } catch {
    return { ok: false, text: "The service cannot be reached." }; // or the response came from something else
  }
}

// `status` is the last reported status of this SMS; `show` is called with each change that the page shows.
export async function report(action, sms, { status, show }) {
  const reported = STATUS[action] ?? (status === "sent" ? "delivered" : status);
  for (let left = DELAY; action === "delay" && left > 0; left -= 1) {
    show({ answer: `Reports “${reported}” in ${left} s …` });
    await second();
  }
  const answers = [];
  for (let times = action === "duplicate" ? 2 : 1; times > 0; times -= 1) answers.push(await post(sms, reported));
  const text = answers.map((answer) => answer.text).join(" ");
  const ok = answers.every((answer) => answer.ok);
  show({ answer: `Reported “${reported}”. ${text}`, refused: !ok, status: ok ? reported : undefined });
}
