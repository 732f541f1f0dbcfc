// What the vendor last said of each SMS, kept for this tab, so that a refresh keeps it.

const KEPT = "otp-phone";
const said = read();

// A browser may block its storage, and anything may stand there: null and lists become an object, too.
function read() {
  try {
    return { ...JSON.parse(sessionStorage.getItem(KEPT)) };
  } catch {
    return {};
  }
}

export const statusOf = (sms) => said[sms.id] ?? "sent";

export function keepStatus(sms, status) {
  said[sms.id] = status;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(said));
  } catch {
    // blocked or full: the status lives as long as the page
  }
}
