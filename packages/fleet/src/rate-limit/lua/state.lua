#!lua flags=no-writes
-- What a quota has left.
-- KEYS closed, then each window
-- ARGV length (ms) and limit of each window
-- Returns {ms for which the provider refuses, then units used and ms until one more fits, for each window}
--@include lib
local answer = { closed_for(KEYS[1]) }
for index = 2, #KEYS do
  local used, wait = look(KEYS[index], tonumber(ARGV[2 * index - 3]), tonumber(ARGV[2 * index - 2]), 1)
  answer[#answer + 1] = used
  answer[#answer + 1] = wait
end
return answer
