// The phone's line to the service: open while somebody can see the phone, and only then.
//
// A browser opens six connections to a server at most, and each stream holds one: six phones in tabs behind
// others would block all else that the service has to give.

const AGAIN = 3000; // milliseconds

// `tell` is given each SMS, `show` the state of the line and its words.
export function listen(phone, { tell, show }) {
  let stream = null;
  let last = ""; // the id of the last SMS; without one it asks for all that is kept

  function open() {
    stream = new EventSource(`/dev/inbox/events?after=${last}`);
    stream.onopen = () => show("open", "Connected");
    stream.onmessage = ({ lastEventId, data }) => {
      last = lastEventId;
      tell(JSON.parse(data));
    };
    stream.onerror = ({ target }) => {
      show("lost", "Connection lost, trying again …");
      // A browser gives up for good after an answer that is no stream, as a proxy's 502 is.
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
  new ResizeObserver(follow).observe(phone); // told at once, and when the style sheet hides or shows the phone
}
