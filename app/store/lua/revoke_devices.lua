-- revoke_devices: let the device tokens that a number has earned until now make no known device.
--
-- A script, because the moment is that of the server's clock, which dates the tokens. It is kept longer than any of them
-- is valid.
--
-- KEYS[1]  number         hash
-- facts.now            milliseconds since 1970; 0 for the server's clock
--
-- Returns  {"revoked"}
-- include facts
-- include now
local facts = read_facts(ARGV)

redis.call('HSET', KEYS[1], 'devices_revoked', read_now(facts.now))
redis.call('PEXPIRE', KEYS[1], 91 * 86400000)
return { 'revoked' }
