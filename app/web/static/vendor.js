// The buttons that play the vendor: each reports one SMS to the service, and says what it was answered.

const DELAY = 5; // seconds
const STATUS = { deliver: "delivered", buffer: "buffered", fail: "failed", delay: "delivered" };

const second = () => new Promise((done) => setTimeout(done, 1000));

async function report(sms, status) {
  const body = JSON.stringify({ id: sms.id, reference: sms.message_id, to: sms.to, status });
  try {
    const response = await fetch(sms.reports, { method: "POST", headers: { "content-type": "application/json" }, body });
    const said = response.ok ? await response.text() : (await response.json()).code;
    return { ok: response.ok, said: `The service answered ${response.status} ${said}.` };
  } catch {
    return { ok: false, said: "The service cannot be reached." }; // or what answered was not the service
  }
}

// `status` is what the vendor last said of this SMS; `show` is told each thing that the page should show.
export async function play(act, sms, { status, show }) {
  const told = STATUS[act] ?? (status === "sent" ? "delivered" : status);
  for (let left = DELAY; act === "delay" && left > 0; left -= 1) {
    show({ answer: `Reports “${told}” in ${left} s …` });
    await second();
  }
  const answers = [];
  for (let times = act === "duplicate" ? 2 : 1; times > 0; times -= 1) answers.push(await report(sms, told));
  const said = answers.map((answer) => answer.said).join(" ");
  const ok = answers.every((answer) => answer.ok);
  show({ answer: `Reported “${told}”. ${said}`, refused: !ok, status: ok ? told : undefined });
}
