"""Acts: use cases, one file each; `parts` holds what several of them share.

request_code, resend_code                  send a code to a number; send it again
deliver_message                            send one SMS through a gateway, in a worker
deliver_event                              send one event to an app's backend, in a worker
receive_report, apply_report               accept a gateway's report; apply it to its message, in a worker
verify_code                                check a code and issue a proof
get_verification, cancel_verification      read a verification; end it
search_verifications                       find the verifications and messages of a number, and what refuses it
send_messages                              send messages without a verification, to one number or many
get_message, cancel_message                read a message; cancel it while it waits
report_outcome                             take what became of a code that an app checked itself
redeem_proof                               redeem or introspect a proof
create_challenge                           build a human check for a browser
refresh_prices                             take the prices that vendors report, in every process
replay_trace                               run a trace of requests through the scripts of production

These acts are classes; the container builds them. The others are functions:

check_redis                                check Redis before a process starts, and for `otp doctor`
readiness                                  decide what /readyz answers
manage_events                              list and replay dead events; read the states of endpoints
read_spending                              read what the day has cost, by app and country
manage_guard                               show what the fraud guard watches; allow or block a destination
admin                                      block, unlock and forget numbers; replay and drop jobs
check_gateways, send_test                  check the accounts of gateways; send a test SMS

An act never calls another act: it queues a job.
"""
