-- redeem_proof: mark a proof as redeemed, once, and repeat the answer to a repeated call.
--
-- A script, because of two calls with one Idempotency-Key only one may redeem, and both must get its answer.
--
-- KEYS[1]  redeemed       string; exists if this proof was redeemed
-- KEYS[2]  idempotency    list: the answer stored for this Idempotency-Key
-- facts.keep_until        when the mark may be deleted, seconds since 1970
-- facts.expired           "1" for a proof that has expired: only a repeated call gets its answer
-- facts.body              fingerprint of the body, for the Idempotency-Key
-- facts.remember          lifetime of the stored answer, milliseconds
--
-- Returns  {"redeemed"} | {"inactive"} | {"again", "redeemed" or "inactive"} | {"reused"}
-- include facts
-- include idempotency
local facts = read_facts(ARGV)
local stored_answer = read_answer(KEYS[2], facts.body)
if stored_answer then
  return stored_answer
end
local answer = 'inactive'
if not facts.expired and redis.call('SET', KEYS[1], 1, 'NX', 'EXAT', facts.keep_until) then
  answer = 'redeemed'
end
store_answer(KEYS[2], facts.body, facts.remember, { answer })
return { answer }
