-- Opens a URL as the options say, else as the system does. Returns what went wrong, or nil.
local config = require('cover_bridge.config')

return function(url)
  local opener = config.options.opener
  if type(opener) == 'function' then
    opener(url)
    return nil
  elseif not opener and vim.ui.open then
    local _, err = vim.ui.open(url)
    return err
  end
  local line = opener or { vim.fn.has('mac') == 1 and 'open' or 'xdg-open' }
  local ok, job = pcall(vim.fn.jobstart, vim.list_extend(vim.deepcopy(line), { url }), { detach = true })
  if not ok or job <= 0 then
    return ('cannot run %s; set opener in setup(). The image: %s'):format(line[1], url)
  end
  return nil
end
