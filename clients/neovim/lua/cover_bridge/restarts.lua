-- Decides whether and when a bridge that died is restarted: the policy of clients/conformance, without a clock.
local M = {}

local STEADY, VAIN = 60, 3

-- `pauses` counts those since the last steady life, and `vain` the failed starts in a row.
function M.new()
  return { pauses = 0, vain = 0 }
end

-- The seconds to the next start, nil if there is none. `lived` is how long the bridge lived after it answered
-- initialize, nil if it did not answer. The last of `delays` is repeated.
function M.pause(state, lived, delays)
  state.vain = lived and 0 or state.vain + 1
  state.pauses = (lived or 0) < STEADY and state.pauses or 0
  -- The very first start is not repeated.
  if state.vain >= VAIN or not lived and state.pauses == 0 then
    return nil
  end
  state.pauses = state.pauses + 1
  return delays[math.min(state.pauses, #delays)]
end

return M
