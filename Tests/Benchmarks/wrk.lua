-- The queries that the bridge makes: one of a thousand tasks after the other, with a key.

wrk.headers["Authorization"] = "Bearer benchmark"
wrk.headers["Accept"] = "application/json"

local number = 0

request = function()
  number = number + 1
  return wrk.format("GET", "/api/v1/suno/cover/record-info?taskId=pending-" .. (number % 1000))
end
