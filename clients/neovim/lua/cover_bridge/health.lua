-- :checkhealth cover_bridge
local M = {}

-- Before Neovim 0.8, the module had the name `health`. Before 0.10, its functions had a prefix.
local function report(name)
  local health = vim.health or require('health')
  return health[name] or health['report_' .. name]
end

function M.check()
  local line = require('cover_bridge.config').command_line()
  report('start')('cover-bridge')
  if vim.fn.executable(line[1]) == 0 then
    local advice = 'Install cover-bridge, or name it in require("cover_bridge").setup({ command = … })'
    return report('error')(('"%s" is no program in PATH'):format(line[1]), { advice })
  end
  report('ok')(vim.trim(vim.fn.system({ line[1], '--version' })))
  report('info')('command line: ' .. table.concat(line, ' '))
  -- An empty variable counts as a missing one.
  if (os.getenv('KIE_API_KEY') or '') ~= '' or vim.tbl_contains(line, '--api-key-file') then
    report('ok')('a key is given')
  elseif vim.tbl_contains(line, '--sandbox') then
    report('ok')('the sandbox needs no key')
  else
    report('warn')('no key: set KIE_API_KEY, or --api-key-file in command; or sandbox = true to try it')
  end
end

return M
