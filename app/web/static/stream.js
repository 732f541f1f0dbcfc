// The event stream of the inbox: open only while the inbox is visible.
//
// A browser opens at most six connections to a server, and each stream uses one: six inboxes in background tabs
// would block every other request to the service.

const AGAIN = 3000; // milliseconds

// `receive` is called with each SMS, `show` with the state of the connection and its text.
export function listen(phone, { receive, show }) {
  let stream = null;
  let last = ""; // the id of the last SMS; empty requests all stored SMS

  function open() {
    stream = new EventSource(`/dev/inbox/events?after=${last}`);
    stream.onopen = () => show("open", "Connected");
    stream.onmessage = ({ lastEventId, data }) => {
      last = lastEventId;
      receive(JSON.parse(data));
    };
    stream.onerror = ({ target }) => {
      show("lost", "Connection lost, trying again …");
      // A browser does not reconnect after a response that is no stream, such as a 502 of a proxy.
      if (target.readyState !== EventSource.CLOSED) return;
      stream = null;
      setTimeout(follow, AGAIN);
    };
  }

  function follow() {
    const seen = document.visibilityState === "visible" && phone.checkVisibility();
    if (seen && !stream) open();
    if (seen || !stream) return;
    stream.close();
    stream = null;
  }

  document.addEventListener("visibilitychange", follow);
  new ResizeObserver(follow).observe(phone); // runs at once, and when the style sheet hides or shows the inbox
}
