"""Verbs: the life of a code, one act per file.

request_code ─┬─ resend_code      a number asks for a code; once more
              │
          dispatch                a worker hands the SMS to a gateway
              │
  receive ── report               the gateway tells what became of it
              │
verify_code ──┼── look, cancel    a guess comes back; the app looks, or thinks better of it
              │
           redeem                 the proof is shown to a backend, once
operate, ready                    what only an operator does; what a load balancer asks
check_gateways, send_test         an operator asks whether the gateways work, and tries one

challenge                         a browser gets something for its person to solve

The parts that acts share, and that call no act: generate, seal, prove; of a call visit (where it comes from),
person (whether a human check was passed), device (whether its token is ours) and language (that of its SMS); of a
send draft (its words) and route (which gateway is asked next).
"""
