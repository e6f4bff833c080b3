-- Decides whether and when a dead bridge starts again. This is the policy of clients/conformance, without a clock.
local M = {}

local STEADY, VAIN = 60, 3

-- `pauses` is the number of pauses since the bridge last lived long. `vain` is the number of failed starts in a row.
function M.new()
  return { pauses = 0, vain = 0 }
end

-- The seconds until the next start; nil for no further start. `lived` is how many seconds the bridge lived after its
-- answer to initialize; nil if it did not answer. The last of `delays` is used for all later pauses.
function M.pause(state, lived, delays)
  state.vain = lived and 0 or state.vain + 1
  state.pauses = (lived or 0) < STEADY and state.pauses or 0
  -- If the very first start fails, it is not repeated.
  if state.vain >= VAIN or not lived and state.pauses == 0 then
    return nil
  end
  state.pauses = state.pauses + 1
  return delays[math.min(state.pauses, #delays)]
end

return M
