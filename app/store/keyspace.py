"""The name, shape and end of everything that is kept.

name                       shape    holds                                              ends
verification:<id>          hash     app, purpose, sealed number, counts, end           OTP_KEEP after its end
secret:<id>                string   key id, salt and digest of the code                with the code
number:<app>:<name>        hash     failures, waits, generations of a number           30 days after a failure
pending:<app>:<name>       zset     <purpose>/<id> of a number, by expiry              OTP_KEEP after the last
sends:<name>               window   when a number was sent an SMS                      with its widest window
device_sends:<name>        window   likewise, by people who showed a device token      likewise
address_sends:<place>      window   when an address asked for an SMS                   likewise
address_checks:<place>     window   when an address guessed wrong                      likewise
subject_sends:<app>:<name> window   when a subject of an app asked for an SMS          likewise
country_sends:<country>    window   when an SMS went to a country                      likewise
app_sends:<app>            window   when an app sent an SMS                            likewise
watch_checks               slices   all checks, for the failure watch                  10 minutes
watch_failures             slices   the wrong ones                                     10 minutes
alarm                      string   the failure watch is raised                        10 minutes
repeat:<name>              list     what an Idempotency-Key was answered               24 h; checks, a minute
shown:<name>               string   a human check that was used                        with the check
messages:<id>              list     the ids of a verification's messages               with the verification
message:<id>               hash     gateway, status, history; no number                with the verification
vendor:<gateway>:<name>    string   the message that a vendor's id belongs to          with the verification
early:<gateway>            hash     reports that came before their message's id        60 s; 10,000 at most
early_at:<gateway>         zset     when they came                                     as above
counts:<gateway>           hash     reports by what became of them                     five fields
sends_queue, reports_queue stream   jobs                                               when done
silences                   zset     sends that wait for a report                       with their codes
opted_out:<name>           string   the gateway that a person told to stop             30 days
later                      zset     jobs put back, by the moment they are due          when due
dead                       stream   jobs buried after their last try                   10,000 at most
blocked                    set      names of numbers that an operator closed           100,000 at most
redeemed:<jti>             string   a proof that was redeemed                          a minute after the proof
alive                      string   some worker's last sign of life                    5 s

A window is a string of moments, and for each rule of more than 100 a hash of slices, `<key>/<milliseconds>`. All
carry one hash tag, so that one script may touch them together. A <name> and a <place> are HMACs.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keyspace:
    """Builds the names; `tag` is the hash tag, braces included."""

    tag: str = "{otp}"

    def of(self, *parts: str) -> str:
        """Join parts to a key; an empty last part gives a prefix that a script completes."""
        return ":".join((self.tag, *parts))
