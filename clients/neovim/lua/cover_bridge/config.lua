-- The options of setup(), and the command line of the bridge.
local M = {}

local defaults = {
  command = { 'cover-bridge', 'serve' },
  sandbox = false,
  restart_delays = { 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30 },
}
-- The options by name. :help cover-bridge-setup describes them.
local types = {
  command = 'table',
  sandbox = 'boolean',
  interval = 'number',
  journal = 'string',
  opener = 'function or table',
  restart_delays = 'table',
}

-- SQLite does not read every name as a path. Such a name goes to the bridge unchanged, which reports an invalid name.
local function absolute(path)
  if path == ':memory:' or vim.startswith(path, 'file:') then
    return path
  end
  return vim.fn.fnamemodify(vim.fn.expand(path), ':p')
end

function M.set(options)
  local merged = vim.tbl_extend('force', defaults, options or {})
  if type(merged.command) == 'string' then
    merged.command = { merged.command, 'serve' }
  end
  for name, value in pairs(merged) do
    if not types[name] then
      error(('cover_bridge.setup: there is no option "%s"; see :help cover-bridge-setup'):format(name), 0)
    elseif not types[name]:find(type(value), 1, true) then
      error(('cover_bridge.setup: %s is a %s, not a %s'):format(name, types[name], type(value)), 0)
    elseif value == '' then
      error(('cover_bridge.setup: %s is empty; leave it out'):format(name), 0)
    end
  end
  merged.command = vim.deepcopy(merged.command)
  if (merged.command[1] or ''):find('/', 1, true) then
    merged.command[1] = vim.fn.fnamemodify(merged.command[1], ':p')
  end
  merged.journal = merged.journal and absolute(merged.journal)
  M.options = merged
  -- The bridge always starts in this directory, whatever the current directory is at that time.
  M.folder = (vim.uv or vim.loop).cwd()
end
M.set()

-- The command line of the bridge, as a list.
function M.command_line()
  local line = vim.list_extend({}, M.options.command)
  vim.list_extend(line, M.options.sandbox and { '--sandbox' } or {})
  return vim.list_extend(line, M.options.journal and { '--journal', M.options.journal } or {})
end

return M
