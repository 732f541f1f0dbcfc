// The last reported status of each SMS, stored for this tab, so it survives a refresh.

const STORAGE_KEY = "otp-phone";
const statuses = read();

// A browser may block its storage, and the stored value may be anything: null and lists become an object too.
function read() {
  try {
    return { ...JSON.parse(sessionStorage.getItem(STORAGE_KEY)) };
  } catch {
    return {};
  }
}

export const statusOf = (sms) => statuses[sms.id] ?? "sent";

export function saveStatus(sms, status) {
  statuses[sms.id] = status;
  try {
    sessionStorage.setItem(STORAGE_KEY, JSON.stringify(statuses));
  } catch {
    // blocked or full: the status lasts as long as the page
  }
}
