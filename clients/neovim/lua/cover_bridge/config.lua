-- The options of setup(), and what of them the command line is made of.
local M = {}

local uv = vim.uv or vim.loop

local defaults = {
  command = { 'cover-bridge', 'serve' }, -- the program and its first arguments
  sandbox = false, -- follow pretend covers: no key, no network
  interval = nil, -- seconds between two looks at a task; the bridge's own choice is 30
  journal = nil, -- a file that keeps watches over restarts
  opener = nil, -- function(url), or a command as a list; else what the system opens URLs with
  restart_delays = { 1, 2, 4, 8, 16, 30 }, -- seconds before each new start of a bridge that died
}

M.options = vim.deepcopy(defaults)
-- Where the bridge runs, at each start: that of the setup, whatever the current directory is by then.
M.folder = uv.cwd()

-- A name that SQLite would not take for a file's is left to the bridge, which says what is wrong with it.
local function absolute(path)
  if path == ':memory:' or vim.startswith(path, 'file:') then
    return path
  end
  return vim.fn.fnamemodify(vim.fn.expand(path), ':p')
end

function M.set(options)
  local merged = vim.tbl_extend('force', defaults, options or {})
  for name in pairs(options or {}) do
    if defaults[name] == nil and not vim.tbl_contains({ 'interval', 'journal', 'opener' }, name) then
      error(('cover_bridge.setup: there is no option "%s"; see :help cover-bridge-setup'):format(name), 0)
    end
  end
  if merged.journal == '' then
    error('cover_bridge.setup: journal is empty; leave it out, or name a file', 0)
  end
  if type(merged.command) == 'string' then
    merged.command = { merged.command, 'serve' }
  end
  vim.validate({
    command = { merged.command, 'table' },
    sandbox = { merged.sandbox, 'boolean' },
    interval = { merged.interval, 'number', true },
    journal = { merged.journal, 'string', true },
    opener = { merged.opener, { 'function', 'table' }, true },
    restart_delays = { merged.restart_delays, 'table' },
  })
  merged.command = vim.deepcopy(merged.command)
  if (merged.command[1] or ''):find('/', 1, true) then
    merged.command[1] = vim.fn.fnamemodify(merged.command[1], ':p')
  end
  merged.journal = merged.journal and absolute(merged.journal)
  M.options = merged
  M.folder = uv.cwd()
end

-- The command line of the bridge, as a list.
function M.command_line()
  local line = vim.deepcopy(M.options.command)
  if M.options.sandbox then
    table.insert(line, '--sandbox')
  end
  if M.options.journal then
    vim.list_extend(line, { '--journal', M.options.journal })
  end
  return line
end

return M
