"""Redis keys: the name, type, content and lifetime of everything that is stored.

name                       type     content                                            lifetime
verification:<id>          hash     app, purpose, sealed number, counts, end           OTP_KEEP after its end
secret:<id>                string   key id, salt and digest of the code                until the code expires
text:<id>                  string   a text that the caller wrote, encrypted            until it is sent, or expires
number:<app>:<name>        hash     failures, waits, generations, spent trust          91 days after the last change
pending:<app>:<name>       zset     <purpose>/<id> of a number, by expiry; 100 at most OTP_KEEP after the last
sends:<name>               window   when a number was sent an SMS, over all apps       its widest window
sends:<app>:<name>         window   the same, of one app                               its widest window
device_sends:<name>        window   when known devices asked for one, over all apps    its widest window
device_sends:<app>:<name>  window   the same, of one app                               its widest window
test_sends:<name>          window   when a test number was asked for                   its widest window
address_sends:<address>    window   when an address requested an SMS                   its widest window
known_sends:<address>      window   when a known device of an address requested one    its widest window
approved_sends:<address>   window   when a first approval refunded an SMS to it        its widest window
address_checks:<address>   window   when an address sent a wrong code                  its widest window
subject_sends:<name>       window   when a subject of an app requested an SMS          its widest window
country_sends:<country>    window   when an SMS went to a country                      its widest window
app_sends:<app>            window   when an app sent an SMS                            its widest window
stranger_app_sends:<app>   window   the same, for strangers                            its widest window
person_app_sends:<app>     window   the same, for strangers and known devices          its widest window
key_sends:<key>            window   the same, for a secret key without `client_ip`     its widest window
proven_numbers:<i>         string   numbers that were approved before, a Bloom filter  7,500 at most
app_spend:<app>            buckets  what an app's SMS cost, in millionths              its widest window
country_spend:<country>    buckets  what the SMS to a country cost, in millionths      its widest window
guard:<app>                hash     the fraud guard's figures by country, and rules    1,000 fields, no expiry
guard_blocks:<xx>          hash     its figures by block; 4,096 hashes of all apps     32 fields each, no expiry
guard_evidence             stream   its challenges and blocks                          10,000 at most
watched_checks             buckets  all and wrong checks, since when it is raised      20 minutes
watched_checks:<app>       buckets  the same, of one app                               20 minutes
reported_prices:<currency> hash     prices that vendors report, by gateway and country 90 days after the last
spending:<currency>:<day>  hash     what an app's SMS to a country cost, by day        3 days
idempotency:<name>         list     the response to an Idempotency-Key                 24 h; checks, 60 s; files, 3 d
used_human_check:<name>    string   a human check that was used                        until the check expires
outgoing:<id>              hash     an outgoing message: app, purpose, sealed number   OTP_KEEP after its end
outgoing_of:<app>:<name>   zset     the ids of those of a number; 100 at most          OTP_KEEP after the last
outcomes_reported:<app>    string   when an app last reported what became of a code    one for each app, no expiry
messages:<id>              list     the ids of a record's messages, one for each call  as the record
message:<id>               hash     gateway, status, history; no number                as the record
vendor:<gateway>:<name>    string   the message that a vendor's id belongs to          as the record
parked:<gateway>           hash     reports that arrived before their message's id     60 s; 10,000 at most
parked_at:<gateway>        zset     when they arrived                                  60 s; 10,000 at most
counts:<gateway>           hash     reports by result                                  five fields, no expiry
sends_queue, reports_queue stream   jobs                                               until completed
messages_queue             stream   jobs of messages without a code                    until completed
scheduled                  zset     outgoing messages that wait for their time         until due
message_sends:<app>:<name> window   when a number was sent a message without a code    its widest window
silences                   zset     sends that wait for a report                       until their codes expire
opted_out:<name>           string   the gateway that reported an opt-out from codes    30 days
opt_outs:<app>:<name>      hash     senders that it opted out of, 20 at most           5 years after the last one
later                      zset     jobs put back, by the moment they are due          until due
later_messages             zset     the same, of messages without a code               until due
dead                       stream   jobs buried after their last try                   10,000 at most
audit                      stream   operators' acts, with the log name of a number     10,000 at most
blocked                    set      names of numbers that an operator blocked          100,000 at most
redeemed:<jti>             string   a proof that was redeemed                          60 s longer than the proof
alive                      string   the last heartbeat of any worker                   5 s
resting:<gateway>          string   a worker lets the gateway rest after failures      5 s
written                    string   that Redis takes writes, for the readiness check   1 s
events:<app>               stream   events that wait, one entry for each endpoint      5 days after the last try
events_due:<app>:<id>      zset     the events of one endpoint, by when they are due   5 days after the last try
event_endpoint:<app>:<id>  hash     since when an endpoint fails, or is switched off   six fields, no expiry
event_numbers:<app>:<name> hash     whole numbers of events that wait, encrypted       5 days after the last event
event_counts               hash     dropped events by app                              a field for each app, no expiry
limit_warned:<share>       string   when a share of a limit was spent                  its window
event_timers               zset     what will be an event later, by when it is due     until due
events_dead                stream   events buried after their last try                 10,000 at most

A window is a string of timestamps, and for each rule of more than 100, or of money, a hash of buckets,
`<key>/<milliseconds>`. Its TTL is ten minutes longer: what counts is decided by the times. Each of the strings
`proven_numbers` has 4 kB, and forgets by the days that stand in it. All keys carry one hash tag, so that one script may
use them together. A <name> and an <address> are HMACs. The <id> of an endpoint of events is the beginning of its URL's
SHA-256, the <key> of an API key that of the key's.
"""

from dataclasses import dataclass

from app.domain.outgoing_message import is_message_id


@dataclass(frozen=True, slots=True)
class Keyspace:
    """Builds the key names; `tag` is the hash tag, braces included."""

    tag: str = "{otp}"

    def __call__(self, *parts: str) -> str:
        """Join parts to a key; with an empty last part, it is a prefix that a script completes."""
        return ":".join((self.tag, *parts))

    def record(self, id: str) -> str:
        """Return the key of a verification or an outgoing message, by its id."""
        return self("outgoing" if is_message_id(id) else "verification", id)
