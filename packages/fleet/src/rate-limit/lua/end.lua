#!lua flags=allow-oom
-- The call has ended: its slots count for one full window from now. Where Redis had forgotten them they count again.
-- KEYS closed, then each window
-- ARGV lease, units, how much later the call may still arrive (ms), for how long the provider refuses (ms; 0: it does not),
--      then the length (ms) of each window
--@include lib
local refused = tonumber(ARGV[4])
for index = 2, #KEYS do
  count_for(KEYS[index], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]) + tonumber(ARGV[index + 3]))
end
if refused > 0 then close(KEYS[1], refused) end
