-- Opens a URL with the opener in the options, or else with the system's opener. Returns an error message, or nil.
local config = require('cover_bridge.config')

return function(url)
  local opener = config.options.opener or vim.ui.open or { vim.fn.has('mac') == 1 and 'open' or 'xdg-open' }
  if type(opener) == 'function' then
    return select(2, opener(url))
  end
  local ok, job = pcall(vim.fn.jobstart, vim.list_extend(vim.deepcopy(opener), { url }), { detach = true })
  if not ok or job <= 0 then
    return ('cannot run %s; set opener in setup(). The image: %s'):format(opener[1], url)
  end
end
